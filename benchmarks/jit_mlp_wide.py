"""What does a training step cost under `jit`? A network 1024-4096-1024, GELU, batch 256, Adam."""

from benchmarks import contest, mlps

TRAINING = mlps.Training((1024, 4096, 1024), "gelu", 256, "mse", "Adam", 1e-5)


def lines() -> list[contest.Line]:
    """One line."""
    return [TRAINING.line("1024-4096-1024, GELU, batch 256, Adam", 1.0, rounds=9)]


if __name__ == "__main__":
    contest.report("jit_mlp_wide: seconds per training step", lines())
