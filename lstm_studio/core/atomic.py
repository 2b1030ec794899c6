"""Write a file whole or not at all: what stood there before stays until the end."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lstm_studio.core.errors import CannotSave
from lstm_studio.core.exchange import replace_folder

_READ_ONLY: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_IN_THE_WAY: Final = frozenset({errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY}) | (
    # What Windows says when a file is to take the place of a folder.
    frozenset({errno.EACCES}) if os.name == "nt" else frozenset()
)
_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


@contextlib.contextmanager
def atomic_file(
    path: str | os.PathLike[str], *, sync: bool = True
) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of ``path`` when all went well.

    The bytes go to a temporary file in the same folder, which is flushed to the
    disk, counted, and renamed. On any error it is removed, and ``path`` is as it was.

    Parameters
    ----------
    sync
        Whether to wait until the disk has it. Without, it survives the end of the
        process but not that of the machine.

    Raises
    ------
    CannotSave
        With the cause and the next step, for every error of the file system.
    """
    if "\0" in os.fspath(path):
        raise _refusal(Path(path), OSError(errno.EINVAL, "a zero byte in the name"))
    # A link is followed: the file that it points to is what the user means.
    target = Path(os.path.realpath(path))
    # Not made from the name of the target: that name may have no room for a suffix.
    temporary = target.with_name(f".lstm-studio-{secrets.token_hex(6)}.tmp")
    try:
        # Not `tempfile`: its files are for their owner alone, whatever the umask.
        with temporary.open("xb") as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
            expected, written = file.tell(), os.fstat(file.fileno()).st_size
            if written != expected:
                raise OSError(errno.ENOSPC, f"{written} of {expected} bytes written")
        os.replace(temporary, target)
        if sync:
            sync_folder(target.parent)
    except OSError as error:
        raise _refusal(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a new name beside ``path`` for what a library writes itself.

    It may become a file or a folder, and takes the place of ``path`` when all went
    well; a folder that stood there gives way only to a folder. On any error it is
    removed, and ``path`` is as it was.

    Raises
    ------
    CannotSave
        With the cause and the next step, for every error of the file system.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".lstm-studio-{secrets.token_hex(6)}.tmp")
    try:
        if not target.parent.is_dir():
            # Some libraries make it, which nobody asked for.
            raise OSError(errno.ENOENT, "no such folder")
        yield temporary
        sync_all(temporary)
        if temporary.is_dir() and target.is_dir():
            replace_folder(temporary, target)
        else:
            os.replace(temporary, target)
        sync_folder(target.parent)
    except OSError as error:
        raise _refusal(target, error) from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def sync_all(written: Path) -> None:
    """Flush a file, or every file of a folder, to the disk."""
    files = [written] if written.is_file() else written.rglob("*")
    for file in files:
        if file.is_file():
            with file.open("rb+") as opened:
                os.fsync(opened.fileno())


def write_atomic(
    path: str | os.PathLike[str], data: bytes, *, sync: bool = True
) -> None:
    """Write ``data`` to ``path``, whole or not at all; see ``atomic_file``."""
    with atomic_file(path, sync=sync) as file:
        file.write(data)


def sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system can."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refusal(target: Path, error: OSError) -> CannotSave:
    parent, name, code = target.parent, target.name, error.errno
    if code in _FULL:
        cause = f"The disk of {parent} is full; {name} was not written."
        step = "Free some space or choose another disk."
    elif code == errno.EFBIG:
        cause = f"{name} in {parent} would be larger than its disk allows."
        step = "Choose another disk, or save less."
    # Not `Path.is_dir`: it raises where the name is too long.
    elif code in _IN_THE_WAY and os.path.isdir(target):
        cause, step = f"{target} is a folder.", "Give a file name."
    elif code in _READ_ONLY:
        cause = f"{name} cannot be written into {parent}: it is read-only for you."
        step = "Choose another folder."
    elif code in (errno.ENOENT, errno.ENOTDIR) and not parent.is_dir():
        cause = f"The folder {parent} does not exist."
        step = "Make it, or choose another folder."
    elif code in (errno.ENAMETOOLONG, errno.EINVAL, errno.ENOENT, errno.EILSEQ):
        cause = f"{name!r} is no name that this disk takes."
        step = "Choose another, shorter name without special characters."
    else:
        cause = f"{target} could not be written: {error.strerror or error}."
        step = "Check the disk or choose another folder."
    return CannotSave(cause, step, details=repr(error))
