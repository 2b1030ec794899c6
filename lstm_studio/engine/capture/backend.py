"""Which kernels PyTorch takes, and what a chunk must do to be given the same ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch.backends import mkldnn

from lstm_studio.engine.capture.operations import FusedCall

_HALF: Final = (torch.bfloat16, torch.float16)
ROWS_TOGETHER: Final = 16
"""Products go over rows in blocks, whose last one may be computed in another way: a
chunk must end where a block does, so that no row changes its place in its block."""
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


def in_any_order(call: FusedCall) -> bool:
    """Whether the rows of a chunk keep their bits when the steps are turned round.

    They do in oneDNN, which treats all rows alike; on a GPU no bits are promised.
    """
    if call.x.device.type != "cpu":
        return call.batch_sizes is None
    return (
        call.batch_sizes is None
        and call.x.dtype == torch.float32
        and _could_use_mkldnn(call)
        and bool(mkldnn.enabled)
        and bool(mkldnn.is_available())  # type: ignore[no-untyped-call]
    )


def one_by_one(call: FusedCall) -> bool:
    """Whether PyTorch runs the layers of ``call`` one by one through oneDNN."""
    return (
        call.x.device.type == "cpu"
        and in_any_order(call)
        and not call.train
        # It would turn the weights to half precision, and those of oneDNN's cannot be.
        and not torch.is_autocast_enabled("cpu")
    )


def avoids_mkldnn(call: FusedCall) -> bool:
    """Whether PyTorch runs ``call`` without oneDNN, but would run a part with it.

    It takes oneDNN for a packed LSTM whose samples are all of one length.
    """
    sizes = call.batch_sizes
    return sizes is not None and sizes[0] != sizes[-1] and _could_use_mkldnn(call)


def _could_use_mkldnn(call: FusedCall) -> bool:
    return (
        call.kind == "lstm"
        and call.x.dtype in (torch.float32, *_HALF)
        and not call.weights[0].sizes.projection
    )


@contextmanager
def mkldnn_set(*, enabled: bool) -> Iterator[None]:
    """Let oneDNN run what it can, or nothing."""
    # Not mkldnn.flags(), which sets every other flag as well, and warns of some.
    before = mkldnn.enabled
    mkldnn.enabled = enabled  # type: ignore[assignment]
    try:
        yield
    finally:
        mkldnn.enabled = before
