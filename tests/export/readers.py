"""Programs that are not ours, and read what we write: librsvg, resvg and Poppler."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import resvg_py
from PIL import Image


def run(*command: object) -> str:
    """Run a program that scripts/setup dev brings; return what it says."""
    name = str(command[0])
    if shutil.which(name) is None:
        pytest.fail(f"{name} is missing: scripts/setup dev brings it")
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def pixels(path: Path) -> np.ndarray:
    """Return a picture (row, column, colour) as numbers that can be subtracted."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def drawn_svg(path: Path, width: int) -> np.ndarray:
    """Return an SVG file as librsvg draws it, so many pixels wide."""
    target = path.with_suffix(".svg.png")
    run("rsvg-convert", "-w", width, path, "-o", target)
    return pixels(target)


def drawn_by_resvg(path: Path, width: int) -> np.ndarray:
    """Return an SVG file as resvg draws it, so many pixels wide."""
    # Its own default of 0 dots would make millimetres nothing.
    drawn = resvg_py.svg_to_bytes(svg_path=str(path), width=width, dpi=96)
    with Image.open(io.BytesIO(bytes(drawn))) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def drawn_pdf(path: Path, width: int) -> np.ndarray:
    """Return the page of a PDF file as Poppler draws it, so many pixels wide."""
    stem = path.with_suffix(".pdf-page")
    run(
        "pdftoppm", "-png", "-singlefile", "-scale-to-x", width, "-scale-to-y", -1,
        path, stem,
    )  # fmt: skip
    return pixels(Path(f"{stem}.png"))
