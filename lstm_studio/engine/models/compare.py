"""A model as a whole against the one rebuilt from its weights alone."""

import torch
from torch import Tensor, nn

from lstm_studio.core.errors import StudioError
from lstm_studio.core.summary import InputNeeds
from lstm_studio.engine.files.recognise import Form
from lstm_studio.engine.files.source import Source
from lstm_studio.engine.models.assemble import assemble
from lstm_studio.engine.models.described import read_weights
from lstm_studio.engine.models.trial import attempt, copied

_STEPS = 16
_SAME = 1e-5


def compared(
    source: Source, form: Form, module: nn.Module, needs: InputNeeds, steps: int | None
) -> tuple[str, ...]:
    """Return a note on how far the rebuilt model is from the whole one.

    There is none where the weights alone take another input.
    """
    try:
        weights = read_weights(source, form, {}).weights
        rebuilt = assemble(weights, {}, file=source.path.name)
    except StudioError:
        return ()
    if (rebuilt.needs.kind, rebuilt.needs.features) != (needs.kind, needs.features):
        return ()
    whole = _run(module, needs, steps or _STEPS)
    alone = _run(rebuilt.module, needs, steps or _STEPS)
    if whole is None or alone is None or whole.shape != alone.shape:
        return ()
    difference = float((whole - alone).abs().max())
    if difference <= _SAME:
        return (
            "Rebuilt from its weights alone, the model gives the same output (largest "
            f"difference {difference:.1g}).",
        )
    return (
        "Rebuilt from its weights alone, the model gives another output (largest "
        f"difference {difference:.2g}): something runs that the weights do not show.",
    )


def _run(module: nn.Module, needs: InputNeeds, steps: int) -> Tensor | None:
    draw = torch.Generator().manual_seed(0)
    width = needs.features or 1
    if needs.kind == "tokens":
        x = torch.randint(width, (1, steps), generator=draw)
    else:
        x = torch.randn(1, steps, width, generator=draw)
    outputs: list[object] = []
    trial = copied(module)
    attempt(lambda: outputs.append(trial(x)))
    output = outputs[0] if outputs else None
    if isinstance(output, tuple) and output:
        output = output[0]
    return output if isinstance(output, Tensor) else None
