"""Put one folder in the place of another, so that one of them is always there."""

import contextlib
import ctypes
import errno
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any, Final

_HERE: Final = -100
"""AT_FDCWD: paths are as the process sees them."""
_SWAP: Final = 2
"""RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS."""


def replace_folder(new: Path, target: Path) -> None:
    """Let ``new`` take the place of ``target``, both folders; the old one is removed.

    In one step where the system can do that. Elsewhere in two: if neither the second
    nor the way back works, the old folder stays under the name that is said.
    """
    if exchange(new, target):
        shutil.rmtree(new, ignore_errors=True)
        return
    aside = target.with_name(f".lstm-studio-{secrets.token_hex(6)}.tmp")
    os.rename(target, aside)
    try:
        os.rename(new, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.rename(aside, target)
        if aside.exists():
            kept = f"{error.strerror}; what was there is kept as {aside}"
            raise OSError(errno.EIO, kept) from error
        raise
    shutil.rmtree(aside, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Give each the name of the other; False where the system cannot do that."""
    call = _exchange()
    if call is None:
        return False
    if call(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code))


def _exchange() -> Any:
    if sys.platform not in ("linux", "darwin"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        swap = getattr(libc, "renamex_np", None)
        return swap and (lambda one, other: swap(one, other, _SWAP))
    swap = getattr(libc, "renameat2", None)
    return swap and (lambda one, other: swap(_HERE, one, _HERE, other, _SWAP))
