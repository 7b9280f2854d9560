"""`Owned`: arrays that a program returned itself, and may write into while nobody else has them.

A Value that a program replaces at every run keeps its memory. No view of it, no `detach()`, no list
of the user's can see the difference: whoever refers to the array counts, and then it is left alone.
"""

from collections.abc import Sequence
from sys import getrefcount
from typing import Any

import numpy as np


def copied(inputs: Sequence[Any]) -> list[Any]:
    """The inputs of a run, the arrays copied: a run that nobody shall notice may write into them.

    >>> x = np.zeros(2)
    >>> y, number = copied([x, 1.0])
    >>> y is x, y, number
    (False, array([0., 0.]), 1.0)
    """
    return [x.copy() if isinstance(x, np.ndarray) else x for x in inputs]


class Owned:
    """The arrays that a program last returned for some of its inputs, which a run replaces.

    places    the numbers of these inputs.
    arrays    of each, the array that belongs to the program; None before there is one.

    `references` is what counts for an array that is nobody else's.
    """

    references: int = 0

    def __init__(self, places: Sequence[int]) -> None:
        self.places = list(places)
        self.arrays: list[Any] = [None] * len(self.places)

    def lost(self, inputs: Sequence[Any]) -> list[int]:
        """Which of the arrays are not what is given for the input, or are somebody else's too."""
        found = []
        arrays, references = self.arrays, self.references
        for i, place in enumerate(self.places):
            x = arrays[i]
            if inputs[place] is not x or getrefcount(x) > references:
                found.append(i)
        return found


def is_shared(arrays: Sequence[np.ndarray], place: int) -> bool:
    """Whether anyone else has the array at this place, or any of the memory that it lies in.

    A transposed view is nobody else's if the array below it is referred to by nothing else.

    >>> arrays = [np.arange(6.0).reshape(2, 3).T]
    >>> is_shared(arrays, 0)
    False
    >>> part = arrays[0][1:]
    >>> is_shared(arrays, 0)
    True
    """
    if getrefcount(arrays[place]) > ALONE:
        return True
    x = arrays[place]
    base = x.base
    if base is None:
        return False
    whole = type(base) is np.ndarray and base.flags.owndata and base.nbytes == x.nbytes
    own = whole and x.flags.forc and x.flags.writeable
    return not own or getrefcount(base) > _ALONE_BELOW


def _references() -> int:
    """What counts for an array that a Value, `arrays` and the inputs of a run refer to.

    Versions of Python differ in it, so `lost` is asked.
    """
    value = [np.zeros(1)]
    inputs = list(value)
    owned = Owned([0])
    owned.arrays = list(value)
    while owned.lost(inputs):
        owned.references += 1
    return owned.references


def _alone() -> int:
    arrays = [np.zeros(1)]
    return getrefcount(arrays[0])


def _alone_below() -> int:
    view = np.zeros(1)[:]
    base = view.base
    return getrefcount(base)


Owned.references = _references()

# What counts for an array that one list alone refers to, looked up there.
ALONE = _alone()

# What counts for an array that one view alone refers to, in a variable.
_ALONE_BELOW = _alone_below()
