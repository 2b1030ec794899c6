"""Disks that refuse: a limit that the kernel holds, and calls that fail in turn."""

import contextlib
from collections.abc import Iterator

import pytest


@contextlib.contextmanager
def largest_file(limit: int) -> Iterator[None]:
    """Let the kernel refuse every byte of a file beyond so many (not on Windows)."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
