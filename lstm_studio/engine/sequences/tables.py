"""Tables of text: delimiter, decimal mark and header found or chosen."""

import csv
import io
import re
from pathlib import Path
from typing import Final

import numpy as np

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.found import Found
from lstm_studio.core.shapes import Float64
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.columns import (
    column_index,
    columns_for,
    constant_column,
    table_of,
)
from lstm_studio.engine.sequences.named import Tell
from lstm_studio.engine.sequences.raw import Raw

_DELIMITERS: Final = {",": ",", ";": ";", "tab": "\t", "|": "|", "space": " "}
_LIKELY: Final = (";", "\t", ",", "|", " ")
"""In this order: a file with semicolons may have commas in its numbers."""
_MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none"})
_LOOKED_AT: Final = 20
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+")
_DECIMAL_POINT: Final = re.compile(r"[+-]?\d+\.\d+")

_Row = tuple[int, list[str]]
"""Line of the file, counted from 1, and its cells."""


def read_table(
    text: str, path: Path, needs: InputNeeds, choices: Choices, tell: Tell
) -> Raw:
    """Read the chosen columns (step, feature) of a table."""
    text = _without_notes(text)
    delimiter = _delimiter(text, choices)
    rows = _rows(text, delimiter, path.name)
    comma = _has_decimal_comma(rows, delimiter, choices)
    header = choices.flag("header")
    if header is None:
        header = _has_header(rows, comma)
    names = tuple(rows[0][1]) if header else ()
    rows = rows[1:] if header else rows
    width = len(names or rows[0][1]) if names or rows else 0
    known = tuple(name or str(n) for n, name in enumerate(names)) or tuple(
        map(str, range(width))
    )
    tell(Found("table", f"A table of {width} columns, {len(rows)} rows.", known))
    if not rows:
        raise DoesNotFit(
            f"The table {path.name} is empty: it has no row of values.",
            "Choose one with at least one row.",
        )
    _check_widths(rows, width)
    beside = choices.text("sample_column", "")
    groups = column_index(beside, names, width) if beside else None
    columns, notes = columns_for(
        names,
        [n for n in range(width) if n != groups and _is_numeric(rows, n, comma)],
        width,
        needs,
        choices,
    )
    parts = []
    chosen = []
    for column in columns:
        constant = constant_column(column, names)
        if constant is not None:
            parts.append(np.full(len(rows), constant[1]))
            chosen.append(constant[0])
            continue
        index = column_index(column, names, width)
        chosen.append(names[index] if names else "")
        parts.append(_column(rows, index, chosen[-1] or str(index), comma))
    keys = None if groups is None else [cells[groups] for _, cells in rows]
    return table_of(
        (path.name, str(path)), np.stack(parts, axis=1), tuple(chosen), keys, notes
    )


def _without_notes(text: str) -> str:
    """Empty the lines at the top that begin with ``#``, so that others keep theirs."""
    lines = text.splitlines(keepends=True) if text.startswith("#") else []
    for number, line in enumerate(lines):
        if not line.startswith("#"):
            break
        lines[number] = "\n"
    return "".join(lines) or text


def _delimiter(text: str, choices: Choices) -> str:
    if "delimiter" in choices.names:
        if choices.says("delimiter", "\t"):
            return "\t"
        return _DELIMITERS[choices.text("delimiter", ",", _DELIMITERS)]
    lines = [line for line in text[:65536].splitlines() if line.strip()][:_LOOKED_AT]
    for mark in _LIKELY:
        if lines and all(mark in line.strip() for line in lines[:-1] or lines):
            return mark
    return ","


def _rows(text: str, delimiter: str, name: str) -> list[_Row]:
    spaces = delimiter == " "
    if spaces:
        # Columns that were lined up by several spaces.
        text = "\n".join(" ".join(line.split()) for line in text.splitlines())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [
            (reader.line_num, [cell.strip() for cell in cells])
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise CannotOpen(
            f"Line {reader.line_num} of {name} cannot be read: {error}.",
            "Choose another delimiter, or mend the line.",
        ) from error
    if not rows:
        raise DoesNotFit(f"The table {name} is empty.", "Choose another file.")
    return rows


def _has_decimal_comma(rows: list[_Row], delimiter: str, choices: Choices) -> bool:
    if "decimal" in choices.names:
        return choices.text("decimal", ".", (".", ",")) == ","
    cells = [cell for _, cells in rows[:_LOOKED_AT] for cell in cells]
    return (
        delimiter != ","
        and any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells)
        and not any(_DECIMAL_POINT.fullmatch(cell) for cell in cells)
    )


def _has_header(rows: list[_Row], comma: bool) -> bool:
    """Whether the first row is words, wholly or over numbers in the second."""
    first = [_is_number(cell, comma) for cell in rows[0][1]]
    if not any(first) or len(rows) == 1:
        return not any(first)
    second = [_is_number(cell, comma) for cell in rows[1][1]]
    return any(
        below and not above and cell
        for above, below, cell in zip(first, second, rows[0][1], strict=False)
    )


def _check_widths(rows: list[_Row], width: int) -> None:
    for line, cells in rows:
        if len(cells) != width:
            raise DoesNotFit(
                f"Line {line} has {len(cells)} columns, the first line has {width}.",
                "Mend the line, or choose another delimiter.",
            )


def _is_numeric(rows: list[_Row], index: int, comma: bool) -> bool:
    """Whether the first cell that is not missing is a number."""
    for _, cells in rows:
        if cells[index].lower() not in _MISSING:
            return _is_number(cells[index], comma)
    return False


def _is_number(cell: str, comma: bool) -> bool:
    return _number(cell, comma) is not None


def _number(cell: str, comma: bool) -> float | None:
    if comma:
        # A point would be a mark of thousands there: 1.234 is not told from 1,234.
        if "." in cell:
            return None
        cell = cell.replace(",", ".")
    try:
        return float(cell)
    except ValueError:
        return None


def _column(
    rows: list[_Row], index: int, name: str, comma: bool
) -> Float64[np.ndarray, " step"]:
    """Return a column as numbers, NaN where a cell is missing."""
    values = np.empty(len(rows))
    for step, (line, cells) in enumerate(rows):
        cell = cells[index]
        number = _number(cell, comma)
        if number is None and cell.lower() not in _MISSING:
            raise DoesNotFit(
                f"Line {line}, column {name}: {cell!r} is not a number.",
                "Mend the line, or choose another column or decimal mark.",
            )
        values[step] = np.nan if number is None else number
    return values
