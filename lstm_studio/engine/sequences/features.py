"""Rows of features fitted to a model: columns, width, standardisation, precision."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from lstm_studio.core.errors import DoesNotFit
from lstm_studio.core.shapes import Float32, Float64, Shaped
from lstm_studio.core.summary import InputNeeds, SequenceSummary
from lstm_studio.engine.sequences.axes import arranged, refuse_type
from lstm_studio.engine.sequences.choices import Choices
from lstm_studio.engine.sequences.columns import choose_columns, wrong_width
from lstm_studio.engine.sequences.figures import read_figures
from lstm_studio.engine.sequences.prepared import PreparedSequence
from lstm_studio.engine.sequences.raw import Raw
from lstm_studio.engine.sequences.samples import choose_samples, within
from lstm_studio.engine.sequences.text import vocabulary_of

_AXES = ("sample", "step", "feature")


def fit_features(raw: Raw, needs: InputNeeds, choices: Choices) -> PreparedSequence:
    """Return rows (sample, step, feature) float32."""
    refuse_type(raw.values)
    raw = _one_hot(raw, needs, choices) if raw.labels else raw
    values, notes = _turned(raw, needs, choices)
    names = raw.names
    if not raw.chosen:
        values, names = choose_columns(values, names, choices)
    if not values.size:
        raise DoesNotFit(
            f"The sequence is empty: its shape is {values.shape}.",
            "Choose one with at least one step.",
        )
    if needs.features is not None and values.shape[2] != needs.features:
        raise wrong_width(values.shape, needs, names)
    names = _named(values.shape[2], names, choices)
    values, lengths = choose_samples(values, raw.lengths, choices)
    values, standardised = _standardised(values, names, lengths, needs, choices)
    rows, rounded = _single(values)
    notes += standardised + rounded + _not_finite(rows, names)
    labels = raw.labels or (names if any(names) else needs.names)
    summary = SequenceSummary(
        name=raw.name,
        path=raw.path,
        steps=rows.shape[1],
        samples=rows.shape[0],
        shape=rows.shape,
        dtype="float32",
        labels=labels,
        rate=choices.number("rate", raw.rate),
        notes=(*raw.notes, *notes),
        lengths=lengths,
    )
    return PreparedSequence(rows, summary)


def _named(width: int, names: tuple[str, ...], choices: Choices) -> tuple[str, ...]:
    chosen = choices.labels()
    if len(chosen) not in (0, width):
        raise DoesNotFit(
            f"{len(chosen)} names were given for {width} features.",
            "Give one per feature.",
        )
    return chosen or names


def _one_hot(raw: Raw, needs: InputNeeds, choices: Choices) -> Raw:
    """Return the rows of a text for a model without an embedding."""
    width = len(vocabulary_of(needs, choices))
    rows = np.eye(width, dtype=np.float32)[raw.values]
    note = f"Each token became a row of {width} with a single 1."
    return replace(raw, values=rows, axes=("step", "feature"), notes=(*raw.notes, note))


def _turned(
    raw: Raw, needs: InputNeeds, choices: Choices
) -> tuple[Shaped[np.ndarray, "sample step feature"], list[str]]:
    values = raw.values
    if (
        values.ndim == 2
        and not raw.axes
        and not {"axes", "columns"} & choices.names
        and needs.features == values.shape[0] != values.shape[1]
    ):
        rows, columns = values.shape
        note = f"The array is {rows} × {columns}: its rows were read as the features."
        return values.T[None], [note]
    return arranged(values, _AXES, raw.axes, choices), []


def _standardised(
    values: Shaped[np.ndarray, "sample step feature"],
    names: tuple[str, ...],
    lengths: tuple[int, ...],
    needs: InputNeeds,
    choices: Choices,
) -> tuple[Shaped[np.ndarray, "sample step feature"], list[str]]:
    """Return ``(value - center) / scale``, and which figures were used."""
    own = bool(needs.center or needs.scale)
    given = bool({"center", "scale"} & choices.names)
    default = "given" if given or own else "none"
    default = "file" if "figures" in choices.names else default
    way = choices.text("standardise", default, ("given", "file", "data", "none"))
    if way == "none":
        return values, []
    width = values.shape[2]
    values = values.astype(np.float64)
    if way == "data":
        steps = values.shape[1]
        counted = values[within(lengths or (steps,) * len(values), steps)]
        finite = np.where(np.isfinite(counted), counted, np.nan)
        there = ~np.isnan(finite).all(axis=0)
        center, scale = np.zeros(width), np.ones(width)
        center[there] = np.nanmean(finite[:, there], axis=0)
        scale[there] = np.nanstd(finite[:, there], axis=0)
        # A column that never changes has no spread to divide by.
        scale[scale == 0] = 1
        return (values - center) / scale, ["Standardised by its own mean and spread."]
    centers = choices.numbers("center") or needs.center
    scales = choices.numbers("scale") or needs.scale
    whose = "given" if given else "the model's"
    if way == "file":
        path = Path(choices.text("figures", ""))
        if not path.name:
            raise DoesNotFit(
                "No file of means and deviations was chosen.", "Choose one."
            )
        known = names if any(names) else needs.names
        centers, scales = read_figures(path, width, known)
        whose = f"{path.name}'s"
    if not (centers or scales):
        return values, []
    center = _figures("center", centers, 0.0, width)
    scale = _figures("scale", scales, 1.0, width)
    if not np.all(scale):
        raise DoesNotFit(
            f"The scale of feature {int(np.argmin(scale != 0))} is 0.",
            "Choose the standard deviation that the model was trained with.",
        )
    return (values - center) / scale, [f"Standardised by {whose} center and scale."]


def _figures(
    name: str, given: tuple[float, ...], default: float, width: int
) -> Float64[np.ndarray, " feature"]:
    if not given:
        return np.full(width, default)
    if len(given) not in (1, width):
        raise DoesNotFit(
            f"The {name} has {len(given)} numbers for {width} features.",
            "Give one per feature, or one for all.",
        )
    if not np.all(np.isfinite(given)):
        raise DoesNotFit(f"The {name} holds a number that is not finite.", "Mend it.")
    return np.broadcast_to(np.array(given, np.float64), (width,))


def _single(
    values: Shaped[np.ndarray, "sample step feature"],
) -> tuple[Float32[np.ndarray, "sample step feature"], list[str]]:
    with np.errstate(over="ignore", under="ignore"):
        # A view of a file's bytes may be read-only, which torch does not take.
        rows = np.require(values, np.float32, ("C", "W"))
    lost = np.isfinite(values) & ~np.isfinite(rows)
    if not lost.any():
        return rows, []
    count = np.count_nonzero(lost)
    what = "1 value is" if count == 1 else f"{count} values are"
    return rows, [f"{what} too large for float32."]


def _not_finite(
    rows: Float32[np.ndarray, "sample step feature"], names: tuple[str, ...]
) -> list[str]:
    broken = ~np.isfinite(rows)
    if not broken.any():
        return []
    sample, step, feature = np.argwhere(broken)[0]
    nan = int(np.count_nonzero(np.isnan(rows)))
    infinite = int(np.count_nonzero(broken)) - nan
    counts = [f"{nan} NaN"] * bool(nan) + [f"{infinite} infinite"] * bool(infinite)
    name = f" ({names[feature]})" if names and names[feature] else ""
    of = f" of sample {sample}" if len(rows) > 1 else ""
    return [
        f"{' and '.join(counts)} of {rows.size} values; the first at step {step}, "
        f"feature {feature}{name}{of}."
    ]
