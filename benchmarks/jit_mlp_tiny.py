"""What does a training step cost under `jit`? A network 4-32-32-2, tanh, batch 32, SGD."""

from benchmarks import contest, mlps

TRAINING = mlps.Training((4, 32, 32, 2), "tanh", 32, "mse", "SGD", 0.01)


def lines() -> list[contest.Line]:
    """One line."""
    return [TRAINING.line("4-32-32-2, tanh, batch 32, SGD", 0.4)]


if __name__ == "__main__":
    contest.report("jit_mlp_tiny: seconds per training step", lines())
