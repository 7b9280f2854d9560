"""What does a training step cost under `jit`? A network 784-256-128-10, ReLU, batch 64, Adam."""

from benchmarks import contest, mlps

TRAINING = mlps.Training((784, 256, 128, 10), "relu", 64, "cross_entropy", "Adam", 1e-5)


def lines() -> list[contest.Line]:
    """One line."""
    return [TRAINING.line("784-256-128-10, ReLU, batch 64, Adam", 0.75)]


if __name__ == "__main__":
    contest.report("jit_mlp_digits: seconds per training step", lines())
