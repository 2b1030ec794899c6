"""The next input of a model, made of what it returned last."""

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.outputs import are_probabilities


def why_not(last: np.ndarray, template: Tensor) -> str:
    """Return why an output cannot become the next input, ``""`` if it can.

    Parameters
    ----------
    last
        What the model returned for one step.
    template
        One step of the sequence.
    """
    if _takes_tokens(template):
        if last.size % template.numel() or last.size < 2 * template.numel():
            return (
                f"The model takes {template.numel()} tokens a step and returns values "
                f"of shape {last.shape}: these are no logits over tokens."
            )
        return ""
    if last.size != template.numel():
        return (
            f"The output of a step has the shape {last.shape} and its input "
            f"{tuple(template.shape)}, so the output cannot be the next input."
        )
    return ""


def following(
    last: np.ndarray, template: Tensor, temperature: float, generator: torch.Generator
) -> Tensor:
    """Return the next step: tokens that are drawn, or the output itself."""
    values = torch.from_numpy(np.ascontiguousarray(last))
    if not _takes_tokens(template):
        return values.reshape(template.shape).to(template.dtype)
    rows = values.reshape(template.numel(), -1).double()
    if temperature <= 0:
        tokens = rows.argmax(1)
    else:
        if are_probabilities(rows.numpy()):
            rows = rows.log()
        shares = torch.softmax(rows / temperature, 1)
        tokens = torch.multinomial(shares, 1, generator=generator)
    return tokens.reshape(template.shape).to(template.dtype)


def _takes_tokens(template: Tensor) -> bool:
    return not (template.is_floating_point() or template.is_complex())
