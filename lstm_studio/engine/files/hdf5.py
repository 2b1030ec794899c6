"""The arrays that lie in an HDF5 file itself, found within limits."""

from collections.abc import Iterator
from typing import Any, Final

from lstm_studio.core.errors import CannotOpen

_DEPTH: Final = 20
_GROUPS: Final = 20_000
_FILTERS: Final = frozenset({1, 2, 3, 4, 5, 6, 32000})
"""Filters that the library has built in; any other one would load a program."""


def datasets(h5py: Any, file: Any) -> Iterator[tuple[str, Any]]:
    """Yield the arrays by path: ``layers/lstm/cell/vars/0``.

    Links, and arrays whose values lie elsewhere, could name any file of the user, and
    are left out.

    Raises
    ------
    CannotOpen
        There are more groups than any file of numbers has.
    """
    yield from _inside(h5py, file, "", set())


def _inside(h5py: Any, group: Any, path: str, seen: set[str]) -> Iterator[Any]:
    # A group may hold itself, and that twice.
    info = h5py.h5o.get_info(group.id)
    address = str(getattr(info, "addr", None) or info.token)
    if address in seen or path.count("/") > _DEPTH:
        return
    seen.add(address)
    if len(seen) > _GROUPS:
        raise CannotOpen(
            f"The file holds more than {_GROUPS:,} groups, more than any file of "
            "numbers does.",
            "Do not open it; ask where it comes from.",
        )
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            continue
        child = group[key]
        if isinstance(child, h5py.Group):
            yield from _inside(h5py, child, f"{path}{key}/", seen)
        elif (
            isinstance(child, h5py.Dataset)
            and child.shape is not None
            and not child.is_virtual
            and not child.external
        ):
            yield f"{path}{key}", child


def is_built_in(dataset: Any) -> bool:
    """Whether the library can unpack an array without a program of others."""
    plist = dataset.id.get_create_plist()
    used = {plist.get_filter(index)[0] for index in range(plist.get_nfilters())}
    return used <= _FILTERS
