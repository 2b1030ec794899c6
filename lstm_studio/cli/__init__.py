"""The command ``lstm-studio``: one file per command, the window where none is named."""

import io
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from lstm_studio.core.errors import NeedsTrust, StudioError

COMMANDS: Final = (
    "record",
    "picture",
    "film",
    "export",
    "info",
    "doctor",
    "desktop",
)
TRUST: Final = (
    "  --answer open=weights  opens the weights only and runs nothing\n"
    "  --trust                lets the file run with your rights"
)
"""How it is said on the command line."""


def main_without_console() -> int:
    """Run the command where nobody reads what is printed, from a menu of Windows."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.StringIO())
    return main()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # A file of such a name is opened as ./record.
    name = given.pop(0) if given and given[0] in COMMANDS else "window"
    # Imported only now: --help needs neither torch nor Qt.
    command = import_module(f"lstm_studio.cli.{name}")
    try:
        return int(command.main(given))
    except NeedsTrust as error:
        sys.stderr.write(f"lstm-studio: {error}\n{TRUST}\n")
        return 1
    except StudioError as error:
        sys.stderr.write(f"lstm-studio: {error}\n")
        return 1
