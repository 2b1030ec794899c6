"""Where the files are that ship with the studio, in a checkout and in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def resource(path: str = "") -> Path:
    """Return the path of a bundled file or folder: ``examples/flipflop/model.pt``.

    Raises
    ------
    FileNotFoundError
        When the installation does not hold it.
    """
    # A wheel carries the folder inside the package, a checkout beside it.
    for root in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        found = root / path
        if found.exists():
            return found
    raise FileNotFoundError(
        f"LSTM Studio is installed without {path or 'its resources'}; install it again."
    )
