"""Shapes are checked here, and cost the program nothing."""

import subprocess
import sys

import jaxtyping
import numpy as np
import pytest

from lstm_studio.core import shapes

PROGRAM = """
import sys
import lstm_studio.shell.app
import lstm_studio
lstm_studio.record
from lstm_studio.core.shapes import Float
import numpy as np
assert Float[np.ndarray, "step unit"] is np.ndarray
assert "jaxtyping" not in sys.modules
"""


@pytest.mark.parametrize("name", shapes.__all__)
def test_in_the_tests_they_are_those_of_jaxtyping(name: str) -> None:
    assert getattr(shapes, name) is getattr(jaxtyping, name)
    assert not isinstance(np.zeros(3), shapes.Float[np.ndarray, "step unit"])


def test_the_program_does_not_import_it() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
