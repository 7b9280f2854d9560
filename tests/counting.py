"""How much work a function does, in calls: a number that no other process changes."""

import sys
from collections.abc import Callable
from typing import Any


def calls(f: Callable[..., Any], *args: Any) -> int:
    """How many functions are called while f(*args) runs."""
    count = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        f(*args)
    finally:
        sys.setprofile(before)
    return count
