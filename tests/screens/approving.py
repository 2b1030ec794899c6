"""A picture drawn now against the one that was approved."""

from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PySide6.QtGui import QImage

FAILED: Final = Path(__file__).parents[2] / "test-pictures"
FAR: Final = 32
"""Steps of a colour channel that can be seen."""
MOST: Final = 0.001
"""Share of pixels that may be off: the edges of letters differ a little."""


def approve(
    request: pytest.FixtureRequest, drawn: QImage, path: Path, leave: int = 0
) -> None:
    """Fail where ``drawn`` differs from the file; with ``--approve`` write the file.

    ``leave`` rows at the lower end say how long something took: they may differ.
    """
    got = drawn.convertToFormat(QImage.Format.Format_RGB32)
    if request.config.getoption("--approve", default=False):
        path.parent.mkdir(exist_ok=True)
        assert got.save(str(path))
        return
    want = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    if want.isNull():
        pytest.fail(f"{path.name} is missing: pytest tests/screens --approve")
    off = share_off(got, want, leave)
    if off > MOST:
        FAILED.mkdir(exist_ok=True)
        got.save(str(FAILED / path.name))
        pytest.fail(
            f"{off:.2%} of {path.name} differ; drawn now: {FAILED / path.name}. "
            "Where it is meant to: pytest tests/screens --approve"
        )


def share_off(got: QImage, want: QImage, leave: int = 0) -> float:
    """Return the share of pixels that can be told apart."""
    if got.size() != want.size():
        return 1.0
    one, other = (_pixels(image).astype(np.int16) for image in (got, want))
    off = np.abs(one - other).max(axis=2) > FAR
    return float(off[: len(off) - leave].mean())


def _pixels(image: QImage) -> np.ndarray:
    rows = np.frombuffer(image.constBits(), np.uint8)
    return rows.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, :, :3]
