"""Libraries that are not always installed; without one, its files say what to do."""

import importlib
from typing import Any, Final

from lstm_studio.core.errors import CannotOpen, StudioError

EXTRAS: Final = {
    "pyarrow": "parquet",
    "h5py": "hdf5",
    "zarr": "zarr",
    "soundfile": "audio",
    "onnx": "onnx",
    "av": "film",
}
"""The extra of this project that brings each library."""


def bring(module: str, what: str, refusal: type[StudioError] = CannotOpen) -> Any:
    """Import a module of a library that not everybody needs.

    Parameters
    ----------
    what
        What it is needed for, as the subject of a sentence: ``A Parquet file``.
    refusal
        The error that is raised where the library is missing.
    """
    library = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    # soundfile raises OSError where the C library that it stands on is missing.
    except (ImportError, OSError) as error:
        raise refusal(
            f"{what} takes the library {library}, which is not installed here.",
            f'Install it: pip install "lstm-studio[{EXTRAS[library]}]"',
            str(error),
        ) from error
