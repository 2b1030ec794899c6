"""Which kernels PyTorch takes, and what a chunk must do to be given the same ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch.backends import mkldnn

from lstm_studio.engine.capture.operations import FusedCall

_HALF: Final = (torch.bfloat16, torch.float16)
_FEWEST_ROWS: Final = 16
_FEWEST_WIDE_ROWS: Final = 256


def fewest_rows(call: FusedCall) -> int:
    """Return the fewest rows (steps x samples) of a chunk.

    With fewer the matrix products use another kernel, whose last bit differs from
    that of the whole call; those of float64 and of the half types do so early.
    """
    if avoids_mkldnn(call) and call.x.dtype in _HALF:
        # Without oneDNN their products are other ones as well, so that no chunk of
        # the call may be without it, and none of equal samples with it.
        return call.x.shape[0]
    return _FEWEST_ROWS if call.x.dtype == torch.float32 else _FEWEST_WIDE_ROWS


def avoids_mkldnn(call: FusedCall) -> bool:
    """Whether PyTorch runs ``call`` without oneDNN, but would run a part with it.

    It takes oneDNN for a packed LSTM whose samples are all of one length.
    """
    sizes = call.batch_sizes
    return (
        sizes is not None
        and sizes[0] != sizes[-1]
        and call.kind == "lstm"
        and call.x.dtype in (torch.float32, *_HALF)
        and not call.weights[0].sizes.projection
    )


@contextmanager
def without_mkldnn() -> Iterator[None]:
    """Have oneDNN run nothing."""
    # Not mkldnn.flags(), which sets every other flag as well, and warns of some.
    before = mkldnn.enabled
    mkldnn.enabled = False  # type: ignore[assignment]
    try:
        yield
    finally:
        mkldnn.enabled = before
