"""What a recurrent module returns: which states, in tensors of which shape."""

from dataclasses import dataclass

from lstm_studio.core.expressions import Layout


@dataclass(frozen=True, slots=True)
class Returned:
    """A tensor that PyTorch returns.

    Attributes
    ----------
    axes
        What each axis counts.
    about
        Which of all states it holds.
    """

    name: str
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    about: str


def returned(layout: Layout, steps: int, samples: int) -> tuple[Returned, ...]:
    """Return the tensors of one call over ``steps`` steps and ``samples`` samples."""
    lstm = layout.kind == "lstm"
    if layout.kind == "module":
        return ()
    batch = (samples,) if layout.batched else ()
    named = ("batch",) if layout.batched else ()
    widths = {"h": layout.sizes.state, "c": layout.sizes.hidden}
    states = ("h", "c") if lstm else ("h",)
    if layout.cell:
        return tuple(
            Returned(
                f"{state}_1",
                (*batch, widths[state]),
                (*named, "unit"),
                f"{state} after the step",
            )
            for state in states
        )
    width = layout.directions * layout.sizes.state
    unit = "unit" if layout.directions == 1 else "direction \u00d7 unit"
    row = "layer" if layout.directions == 1 else "layer \u00d7 direction"
    rows = layout.layers * layout.directions
    shape, axes = (steps, *batch, width), ("step", *named, unit)
    if layout.batch_first and layout.batched:
        shape, axes = (samples, steps, width), ("batch", "step", unit)
    end = "its last step" if layout.directions == 1 else "the last step it went to"
    output = Returned("output", shape, axes, "h of the last layer at every step")
    return (
        output,
        *(
            Returned(
                f"{state}_n",
                (rows, *batch, widths[state]),
                (row, *named, "unit"),
                f"{state} of every layer after {end}",
            )
            for state in states
        ),
    )
