"""Everything that the studio refuses, as a tree.

StudioError
├── CannotOpen       a file that is not what was asked for, or is damaged
│   ├── NeedsTrust   a file that would run code: only after the user said yes
│   ├── AsksFirst    a file like no other of its kind: only after the user said yes
│   └── NoModel      a whole file that holds no model, and may hold a sequence
├── DoesNotFit       an input, a state or a choice that the model cannot take
├── CannotRun        a run that failed in the model's own code or on its device
└── CannotSave       a file or folder that could not be written

JobCancelled         not an error: the user said stop
"""


class StudioError(Exception):
    """A refusal in words: what happened and where, then what to do next."""

    def __init__(self, message: str, next_step: str = "", details: str = "") -> None:
        super().__init__(message, next_step, details)
        self.message = message
        self.next_step = next_step
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class CannotOpen(StudioError):
    """A file cannot be opened as what was asked for."""


class NeedsTrust(CannotOpen):
    """A file would run code with the rights of the user; nothing of it was run.

    ``sha256`` identifies the file, ``imports`` what it would import or execute, one
    on each line.
    """

    def __init__(
        self, message: str, next_step: str = "", sha256: str = "", imports: str = ""
    ) -> None:
        super().__init__(message, next_step, imports)
        self.sha256 = sha256
        self.imports = imports
        self.args = (message, next_step, sha256, imports)


class AsksFirst(CannotOpen):
    """A file holds far more than others do: it opens with the answer large="yes"."""


class NoModel(CannotOpen):
    """A file is whole, holds numbers or a text, and no model: it may be a sequence."""


class DoesNotFit(StudioError):
    """An input, a state or a choice does not fit the model."""


class CannotRun(StudioError):
    """The model raised, or its device failed; what was recorded before is kept."""


class CannotSave(StudioError):
    """A file could not be written; what stood there before is as it was."""


class JobCancelled(BaseException):
    """The user cancelled. A BaseException, so that no model swallows it."""
