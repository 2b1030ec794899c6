"""The scan of ``c``: whatever goes side by side, each step is the one of the loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_studio.core.cells import lstm


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 80), min_size=1, max_size=6),
    st.integers(1, 9),
    st.sampled_from([1, 8, 64, 1024]),
    st.integers(0, 10**6),
)
def test_segments_are_scanned_as_a_loop_would(
    lengths: list[int], width: int, wide: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    total = sum(lengths)
    forget, added = rng.random((total, width)), rng.normal(size=(total, width))
    state = rng.normal(size=(len(lengths), width))
    # What is unknown in one segment stays in it.
    state[rng.integers(len(lengths))] = np.nan
    starts = np.cumsum([0, *lengths[:-1]])
    want = added.copy()
    for c, start, length in zip(state, starts, lengths, strict=True):
        for step in range(start, start + length):
            want[step] += forget[step] * c
            c = want[step]
    kept = forget.copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lstm, "WIDE", wide)
        got = lstm.scan(forget, added, state, starts, np.array(lengths))
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(forget, kept)
