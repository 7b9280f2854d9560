"""Every run draws the same examples; `pytest --hypothesis-profile=explore` draws new, and more."""

import gc

from hypothesis import HealthCheck, settings

# Times vary on shared machines, so no test fails for being slow.
COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("repeatable", COMMON, derandomize=True, print_blob=True)
settings.register_profile("explore", COMMON, max_examples=1000)
settings.load_profile("repeatable")


def pytest_collection_finish() -> None:
    """Spare the garbage collector the objects of the tests themselves, which stay to the end."""
    gc.collect()
    gc.freeze()
