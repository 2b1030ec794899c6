"""A recording to a folder of the user's choice: whole, or not at all."""

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from lstm_studio.core.atomic import sync_all, sync_folder
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.exchange import replace_folder
from lstm_studio.core.folder import DOCUMENT, FolderWriter, saving
from lstm_studio.core.journal import FILE
from lstm_studio.core.store import GROWING, Store


def save(store: Store, target: Path) -> None:
    """Write the committed part of ``store`` to ``target``.

    A recording that is there already gives way when the new one is whole.

    Raises
    ------
    CannotSave
        There is something else, or the disk takes no more; all is as it was.
    """
    target = Path(os.path.abspath(target))
    if store.path is not None and target == Path(os.path.abspath(store.path)):
        return
    with saving(target):
        there = target.exists()
        if there and not ((target / DOCUMENT).is_file() or _is_empty(target)):
            raise CannotSave(
                f"There is something else in {target} already.",
                "Choose a new name for the recording.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".lstm-studio-{secrets.token_hex(6)}.tmp")
        try:
            if store.path is None:
                _write(store, temporary)
            else:
                _copy(store, store.path, temporary)
            sync_all(temporary)
            if there:
                replace_folder(temporary, target)
            else:
                temporary.rename(target)
            sync_folder(target.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _write(store: Store, folder: Path) -> None:
    writer = FolderWriter(folder)
    try:
        writer.take(store)
    except CannotSave as error:
        # Its words name this folder, which nobody has heard of.
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise
    finally:
        writer.close()


def _copy(store: Store, source: Path, folder: Path) -> None:
    folder.mkdir()
    # The journal first: it then tells of no row that is not copied yet.
    names = [FILE, *sorted({path.name for path in source.iterdir()} - {FILE})]
    for name in names:
        if name.endswith(".tmp"):
            continue
        if store.temporary is not None and store.state not in GROWING:
            # Our own copy goes when the program ends: both names, one file.
            with contextlib.suppress(OSError):
                os.link(source / name, folder / name)
                continue
        shutil.copyfile(source / name, folder / name)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
