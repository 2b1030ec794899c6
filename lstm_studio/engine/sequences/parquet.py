"""Tables in Parquet, read through pyarrow: only the columns that are chosen."""

from typing import Any

import numpy as np

from lstm_studio.core.errors import CannotOpen, DoesNotFit
from lstm_studio.core.extras import bring
from lstm_studio.core.found import Found
from lstm_studio.core.memory import machine_memory
from lstm_studio.core.shapes import Float64
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.columns import (
    column_index,
    columns_for,
    constant_column,
    table_of,
)
from lstm_studio.engine.sequences.named import Tell
from lstm_studio.engine.sequences.raw import Raw

_DAMAGE = (OSError, ValueError, TypeError, KeyError, RuntimeError, NotImplementedError)


def read_parquet(
    source: Source, needs: InputNeeds, choices: Choices, tell: Tell
) -> Raw:
    """Read the chosen columns (step, feature) of a Parquet file."""
    arrow = bring("pyarrow", "A Parquet file")
    parquet = bring("pyarrow.parquet", "A Parquet file")
    source.file.seek(0)
    name = source.path.name
    try:
        # Mapped, a file that shrinks while it is read would end the process.
        file = parquet.ParquetFile(source.file, memory_map=False)
        schema, steps = file.schema_arrow, int(file.metadata.num_rows)
    except _DAMAGE as error:
        raise _damaged(name, error) from error
    names = tuple(schema.names)
    tell(Found("table", f"A table of {len(names)} columns, {steps} rows.", names))
    if not steps:
        raise DoesNotFit(
            f"The table {name} is empty: it has no row of values.",
            "Choose one with at least one row.",
        )
    beside = choices.text("sample_column", "")
    groups = column_index(beside, names, len(names)) if beside else None
    numeric = [
        number
        for number, kind in enumerate(schema.types)
        if number != groups and _is_numeric(arrow, kind)
    ]
    columns, notes = columns_for(names, numeric, len(names), needs, choices)
    if steps * len(columns) * 8 > machine_memory() // 4:
        raise CannotOpen(
            f"{name} would take {steps * len(columns) * 8 / 2**30:.1f} GB, more than a "
            "quarter of the memory.",
            "Save the rows that are meant by themselves.",
        )
    parts, chosen = [], []
    for column in columns:
        constant = constant_column(column, names)
        if constant is not None:
            chosen.append(constant[0])
            parts.append(np.full(steps, constant[1]))
            continue
        number = column_index(column, names, len(names))
        if number not in numeric:
            raise DoesNotFit(
                f"The column {names[number]!r} holds {schema.types[number]}, not "
                "numbers.",
                "Choose another column.",
            )
        chosen.append(names[number])
        parts.append(_numbers(arrow, _column(file, number, name)))
    keys = None if groups is None else _column(file, groups, name).to_pylist()
    where = name, str(source.path)
    return table_of(where, np.stack(parts, axis=1), tuple(chosen), keys, notes)


def _is_numeric(arrow: Any, kind: Any) -> bool:
    types = arrow.types
    return bool(
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_boolean(kind)
        or types.is_decimal(kind)
    )


def _column(file: Any, number: int, name: str) -> Any:
    try:
        column = file.read(columns=[file.schema_arrow.names[number]]).column(0)
        if len(column) != file.metadata.num_rows:
            raise ValueError(f"a column of {len(column)} rows")
    except _DAMAGE as error:
        raise _damaged(name, error) from error
    return column


def _numbers(arrow: Any, column: Any) -> Float64[np.ndarray, " step"]:
    """Return a column as numbers, NaN where a cell is missing."""
    if arrow.types.is_boolean(column.type):
        column = column.cast(arrow.uint8())
    values = column.cast(arrow.float64(), safe=False).to_numpy()
    return np.asarray(values, np.float64)


def _damaged(name: str, error: Exception) -> CannotOpen:
    return CannotOpen(
        f"{name} is a damaged or incomplete Parquet file.", "Save it again.", str(error)
    )
