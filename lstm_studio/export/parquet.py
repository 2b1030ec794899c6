"""Windows as one Parquet table: a row for each step, a column for each unit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lstm_studio.core.atomic import atomic_path
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotSave
from lstm_studio.core.extras import bring
from lstm_studio.export.selection import (
    Window,
    block_size,
    columns_of,
    in_json,
    one_span,
)


def write_parquet(
    path: Path, windows: Sequence[Window], control: RunControl | None
) -> None:
    """Write the columns ``step``, ``lstm.l0.h[0]``, ...; the origin is metadata."""
    arrow = bring("pyarrow", "A Parquet file", CannotSave)
    parquet = bring("pyarrow.parquet", "A Parquet file", CannotSave)
    one_span(windows)
    types = [window.dtype for window in windows for _ in window.units]
    fields = [("step", arrow.int64())] + [
        (name, arrow.from_numpy_dtype(dtype))
        for name, dtype in zip(columns_of(windows), types, strict=True)
    ]
    schema = arrow.schema(fields, metadata={"lstm_studio": in_json(windows)})
    start, size = windows[0].steps.start, block_size(windows)
    with (
        atomic_path(path) as temporary,
        parquet.ParquetWriter(temporary, schema) as writer,
    ):
        blocks = [window.blocks(size, control) for window in windows]
        for block in zip(*blocks, strict=True):
            columns: list[np.ndarray[Any, Any]] = [
                np.arange(start, start + len(block[0]))
            ]
            columns += [
                np.ascontiguousarray(each[:, unit])
                for each in block
                for unit in range(each.shape[1])
            ]
            writer.write_table(arrow.table(columns, schema=schema))
            start += len(block[0])
