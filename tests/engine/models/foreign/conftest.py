"""What the weights of these tests are drawn with."""

import numpy as np
import pytest


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(0)
