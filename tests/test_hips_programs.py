"""Programs written for HIPS autograd run unchanged, and come to the same numbers.

`hips_numbers.json` was made of `hips_programs.py` by HIPS autograd; how stands in both files.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from hips_programs import PROGRAMS, rounded

STORED = json.loads((Path(__file__).parent / "hips_numbers.json").read_text(encoding="utf-8"))


def assert_same(found, wanted):
    assert found.keys() == wanted.keys()
    for name, numbers in wanted.items():
        scale = 1.0 + np.max(np.abs(numbers))
        np.testing.assert_allclose(found[name], numbers, 1e-9, 1e-10 * scale, err_msg=name)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_comes_to_the_numbers_of_hips_autograd(name):
    assert_same({key: rounded(x) for key, x in PROGRAMS[name]().items()}, STORED["numbers"][name])


def test_every_stored_program_is_run_and_says_what_made_it():
    assert STORED["numbers"].keys() == PROGRAMS.keys()
    assert STORED["versions"]["autograd"] != ""


def test_another_number_would_be_noticed():
    stored = STORED["numbers"]["fixed_points"]
    with pytest.raises(AssertionError, match="second"):
        assert_same({**stored, "second": stored["second"] * (1 + 1e-8)}, stored)
