"""A session as a file: what was open and looked at, so that it can be opened again.

Paths are kept relative to the file, so that a folder may be moved as a whole. Trust
is never kept: a model that runs code asks again.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from lstm_studio.core.atomic import write_atomic
from lstm_studio.core.errors import CannotOpen
from lstm_studio.core.view import Pin, View

FORMAT: Final = "lstm-studio session"
VERSION: Final = 1
MOST_HASHED: Final = 1 << 26
"""Bytes of a sequence up to which its hash is kept and compared."""
GENERATED: Final = ("generate:", "text:")
"""How a source begins that is no file."""


@dataclass(frozen=True, slots=True)
class SavedSession:
    """What a session had open.

    Attributes
    ----------
    example
        Name of the bundled example, which brings its own model and sequence.
    model, sha256, answers
        The model file, its hash, and the answers to its questions.
    source, choices, source_sha256
        What the model was fed, as ``OpenSequence`` has it, and its hash.
    recording
        Where the recording was saved; ``""`` where it was not.
    ran
        Whether there was a recording at all.
    """

    example: str = ""
    model: str = ""
    sha256: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    choices: Mapping[str, object] = field(default_factory=dict)
    source_sha256: str = ""
    recording: str = ""
    ran: bool = False
    view: View = field(default_factory=View)


def write_session(session: SavedSession, path: Path) -> None:
    """Write a session file, whole or not at all.

    Raises
    ------
    CannotSave
        With the cause; what stood at ``path`` is as it was.
    """
    folder = path.resolve().parent
    body = asdict(session)
    for key in ("model", "recording", "source"):
        body[key] = _relative(body[key], folder)
    text = json.dumps(
        {"format": FORMAT, "version": VERSION, **body}, indent=1, default=list
    )
    write_atomic(path, text.encode())


def read_session(path: Path) -> SavedSession:
    """Return what a session file says, with absolute paths.

    Raises
    ------
    CannotOpen
        Where it is something else, damaged, or of a newer version.
    """
    refusal = CannotOpen(
        f"{path.name} is no session file, or it is damaged.",
        "Choose a file that “Save session” wrote.",
    )
    try:
        body = json.loads(path.read_bytes())
    except OSError as error:
        raise CannotOpen(
            f"{path} cannot be read: {error.strerror or error}.", "Look there."
        ) from error
    except (ValueError, RecursionError) as error:
        raise refusal from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise refusal
    if body.get("version") != VERSION:
        raise CannotOpen(
            f"{path.name} was written by a newer LSTM Studio.", "Install the newest."
        )
    try:
        return _session(body, path.resolve().parent)
    except (KeyError, TypeError, ValueError) as error:
        raise refusal from error


def _session(body: Mapping[str, Any], folder: Path) -> SavedSession:
    texts = {
        key: _text(body[key])
        for key in ("example", "model", "sha256", "source", "source_sha256")
    }
    for key in ("model", "source"):
        texts[key] = _absolute(texts[key], folder)
    return SavedSession(
        **texts,
        answers={_text(k): _text(v) for k, v in dict(body["answers"]).items()},
        choices={_text(k): v for k, v in dict(body["choices"]).items()},
        recording=_absolute(_text(body["recording"]), folder),
        ran=body["ran"] is True,
        view=_view(body["view"]),
    )


def _view(body: Mapping[str, Any]) -> View:
    first, end = map(int, body["span"])
    layer = body["layer"]
    return View(
        layer=None if layer is None else _text(layer),
        unit=int(body["unit"]),
        step=int(body["step"]),
        sample=int(body["sample"]),
        span=(first, end),
        streams={_text(k): _text(v) for k, v in dict(body["streams"]).items()},
        pins=tuple(
            Pin(
                _text(pin["layer"]),
                _text(pin["stream"]),
                int(pin["unit"]),
                # A file of an older version does not name it.
                None if pin.get("sample") is None else int(pin["sample"]),
            )
            for pin in body["pins"]
        ),
        follow=False,
        seconds=body.get("seconds") is True,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _relative(path: str, folder: Path) -> str:
    if not path or path.startswith(GENERATED):
        return path
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        # Another drive of Windows.
        return path


def _absolute(path: str, folder: Path) -> str:
    if not path or path.startswith(GENERATED):
        return path
    return os.path.normpath(folder / path)


def hash_of(path: str) -> str:
    """Return the SHA-256 of a file; empty where it is no file, or a large one."""
    file = Path(path)
    try:
        if not path or not file.is_file() or file.stat().st_size > MOST_HASHED:
            return ""
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
