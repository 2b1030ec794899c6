"""Columns of a sequence: chosen by name or number, or the same number at each step."""

import math
from collections.abc import Sequence

import numpy as np

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.shapes import Shaped
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.sequences.choices import Choices, Column
from lstm_studio.engine.sequences.raw import Raw
from lstm_studio.engine.sequences.samples import grouped


def choose_columns(
    values: Shaped[np.ndarray, "sample step feature"],
    names: tuple[str, ...],
    choices: Choices,
) -> tuple[Shaped[np.ndarray, "sample step chosen"], tuple[str, ...]]:
    """Return the chosen columns in the chosen order, and their names."""
    columns = choices.columns()
    if not columns:
        return values, names
    width = values.shape[2]
    parts = []
    chosen = []
    for column in columns:
        constant = constant_column(column, names)
        if constant is not None:
            name, number = constant
            parts.append(np.full(values.shape[:2], number))
        else:
            index = column_index(column, names, width)
            name = names[index] if names else ""
            parts.append(values[:, :, index].astype(np.float64))
        chosen.append(name)
    return np.stack(parts, axis=2), tuple(chosen)


def columns_for(
    names: tuple[str, ...],
    numeric: list[int],
    width: int,
    needs: InputNeeds,
    choices: Choices,
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return the chosen columns of a table, else the model's, else those of numbers.

    Parameters
    ----------
    numeric
        Numbers of the columns that hold numbers.
    width
        Number of all columns.

    Returns
    -------
    tuple
        The columns, and what there is to say about them.
    """
    chosen = choices.columns()
    if chosen:
        return chosen, ()
    if needs.names and all(names.count(name) == 1 for name in needs.names):
        return needs.names, ("The columns were found by the model's own names.",)
    if needs.kind == "tokens":
        if len(numeric) != 1:
            raise DoesNotFit(
                f"The model takes one token per step; the file has {width} columns.",
                "Choose one.",
            )
    elif len(numeric) != needs.features and needs.features is not None:
        raise wrong_width((width,), needs, names)
    if not numeric:
        raise DoesNotFit(
            "The table holds no column of numbers.",
            "Choose another delimiter or decimal mark, or read it as text.",
        )
    left = [names[n] if names else str(n) for n in range(width) if n not in numeric]
    notes = (f"Columns without numbers were left out: {', '.join(left)}.",)
    return tuple(numeric), notes if left else ()


def table_of(
    where: tuple[str, str],
    rows: Shaped[np.ndarray, "row feature"],
    names: tuple[str, ...],
    keys: Sequence[object] | None,
    notes: tuple[str, ...],
) -> Raw:
    """Return the chosen columns of a table, in samples where ``keys`` tell them.

    Parameters
    ----------
    where
        Name and path of the file.
    keys
        What tells the sample of each row, None where all are one sample.
    """
    known = names if any(names) else ()
    if keys is None:
        axes: tuple[str, ...] = ("step", "feature")
        return Raw(*where, rows, axes, names=known, chosen=True, notes=notes)
    values, lengths = grouped(rows, keys)
    axes = ("sample", "step", "feature")
    said = (*notes, f"The rows are {len(values)} samples.")
    return Raw(
        *where, values, axes, names=known, chosen=True, lengths=lengths, notes=said
    )


def constant_column(column: Column, names: tuple[str, ...]) -> tuple[str, float] | None:
    """Return the name and number of ``name=number``, None for a column of the file."""
    if isinstance(column, int) or column in names or "=" not in column:
        return None
    name, _, text = column.rpartition("=")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DoesNotFit(
            f"The column {column!r} is not a name and a number.",
            "Write it like elevation=316.7.",
        )
    return name.strip(), number


def column_index(column: Column, names: tuple[str, ...], width: int) -> int:
    """Return the number of a column given by name or number."""
    if isinstance(column, str):
        found = [index for index, name in enumerate(names) if name == column]
        if len(found) == 1:
            return found[0]
        if found:
            raise DoesNotFit(
                f"{len(found)} columns are named {column!r}: {_listed(found)}.",
                "Choose one by its number.",
            )
        if not column.isdecimal():
            raise DoesNotFit(f"There is no column {column!r}.", _offer(names, width))
        column = int(column)
    if not 0 <= column < width:
        raise DoesNotFit(f"There is no column {column}.", _offer(names, width))
    return column


def wrong_width(
    shape: tuple[int, ...], needs: InputNeeds, names: tuple[str, ...]
) -> DoesNotFit:
    """Return the refusal of values (sample, step, feature) of another width."""
    width = shape[-1]
    takes = f"The model takes {_features(needs.features or 0)} per step"
    if needs.names:
        takes += f" ({', '.join(needs.names)})"
    columns = "1 column" if width == 1 else f"{width} columns"
    message = f"{takes}; the file has {columns}" + (
        f" ({', '.join(names)})" if any(names) else ""
    )
    if needs.features in shape[:-1]:
        return DoesNotFit(
            f"{message}.",
            f"It is {' × '.join(map(str, shape))}: choose the axes if their order is "
            "another, or the columns.",
        )
    if width > (needs.features or 0):
        return DoesNotFit(f"{message}.", f"Choose {needs.features} of them.")
    return DoesNotFit(
        f"{message}.",
        "Choose a file with more, or add columns that stay the same, like "
        "elevation=316.7.",
    )


def _features(count: int) -> str:
    return "1 feature" if count == 1 else f"{count} features"


def _listed(numbers: list[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _offer(names: tuple[str, ...], width: int) -> str:
    last = f"0 to {width - 1}" if width > 1 else "0"
    return f"Choose among {', '.join(names)}." if any(names) else f"Choose {last}."
