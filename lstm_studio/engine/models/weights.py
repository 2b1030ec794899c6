"""The weights among everything that a checkpoint holds."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import torch

from lstm_studio.core.errors import CannotOpen, NoModel
from lstm_studio.core.layers import Kind
from lstm_studio.core.summary import Part
from lstm_studio.engine.files.claims import Claim
from lstm_studio.engine.files.leaves import (
    Leaf,
    Unread,
    as_leaf,
    reason_against,
)
from lstm_studio.engine.files.quantised import Quantised
from lstm_studio.engine.models.beside import (
    beginnings,
    beside,
    vocabularies,
)
from lstm_studio.engine.models.layout import RECURRENT_NAME
from lstm_studio.engine.models.places import Place, find_places

_AVERAGED: Final = re.compile(r"ema|shadow|average|swa|teacher|target", re.I)


@dataclass(frozen=True, slots=True)
class Weights:
    """Tensors by the names they have in the file, and what else the file tells.

    Attributes
    ----------
    group
        Where in the file the weights stand: ``state_dict``.
    groups
        Every place that holds recurrent weights, to choose from.
    kinds
        Kind of the recurrent modules whose file names it (whole modules).
    vocabularies
        Lists of texts that may be the tokens of the model.
    run, head
        The order of the parts and what the head reads, where the file tells.
    initial
        (layer, 1, unit) of each state of the recurrent modules that do not begin with
        zeros.
    """

    tensors: Mapping[str, torch.Tensor]
    group: str = ""
    groups: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    vocabularies: tuple[tuple[str, ...], ...] = ()
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    run: str = ""
    head: str = ""
    initial: Mapping[str, tuple[torch.Tensor, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """The weights to open, before any of their values is read."""

    leaves: Mapping[str, Leaf]
    weights: Weights
    """Without tensors."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What will be read."""
        claims = (
            leaf.claim if isinstance(leaf, Quantised) else leaf
            for leaf in self.leaves.values()
        )
        return tuple(each for each in claims if isinstance(each, Claim))

    def sketch(self) -> Weights:
        """Return the weights with sizes alone, of which nothing is read."""
        return self.read(
            lambda claim: torch.empty(claim.shape, dtype=claim.dtype, device="meta")
        )

    def read(self, tensor: Callable[[Claim], torch.Tensor]) -> Weights:
        """Return the weights, with ``tensor`` for the values of each claim."""
        notes, tensors = [], {}
        for name, leaf in self.leaves.items():
            if isinstance(leaf, Unread):
                notes.append(f"{name} is left out: {leaf.reason}.")
                continue
            if isinstance(leaf, Quantised):
                plain = leaf.dequantised(tensor)
            else:
                plain = tensor(leaf) if isinstance(leaf, Claim) else leaf
            sketched = plain.is_meta and not isinstance(leaf, torch.Tensor)
            if reason := _reason_against(name, plain, sketched=sketched):
                notes.append(f"{name} is left out: {reason}.")
                continue
            tensors[name] = plain.detach()
        if any(isinstance(leaf, Quantised) for leaf in self.leaves.values()):
            notes.append(
                "The weights are quantised in the file: they are taken as the real "
                "numbers that they stand for. Where the file's own program also rounds "
                "what its layers are given, its results differ a little."
            )
        return replace(self.weights, tensors=tensors, notes=tuple(notes))


def choose_weights(
    value: object,
    *,
    file: str,
    group: str | None = None,
    classes: Sequence[str] = (),
) -> Choice:
    """Return the weights to open among the values of a file.

    Parameters
    ----------
    value
        What the file holds: dicts, lists, tensors or claims, objects that were not
        made.
    file
        Name of the file, for messages.
    group
        The place to take them from, where the file has several.
    classes
        Python classes that the file names.
    """
    places = find_places(value)
    recurrent = {name: found for name, found in places.items() if found.recurrent}
    if not recurrent:
        raise _no_recurrent(file, places, value, classes)
    if group is not None and group not in recurrent:
        raise CannotOpen(
            f"{file} has no recurrent weights under {group!r}.",
            f"Choose one of: {', '.join(map(repr, recurrent))}.",
        )
    chosen = min(recurrent, key=_rank) if group is None else group
    found = recurrent[chosen]
    return Choice(
        found.leaves,
        Weights(
            {},
            chosen,
            tuple(recurrent),
            found.kinds,
            tuple(vocabularies(value)),
            tuple(beside(value, chosen)),
        ),
    )


def _reason_against(name: str, tensor: torch.Tensor, *, sketched: bool) -> str:
    recurrent = RECURRENT_NAME.fullmatch(name.rpartition(".")[2])
    if recurrent and not (tensor.is_floating_point() or tensor.is_quantized):
        kind = str(tensor.dtype).removeprefix("torch.")
        return f"its values are {kind}, where a recurrent layer has real numbers"
    return reason_against(tensor, sketched=sketched)


def _rank(path: str) -> tuple[bool, int]:
    return bool(_AVERAGED.search(path)), path.count(".")


def _no_recurrent(
    file: str, places: Mapping[str, Place], value: object, classes: Sequence[str]
) -> CannotOpen:
    tops = {key for key, _ in beginnings(value) if isinstance(key, str)}
    if "param_groups" in tops:
        return CannotOpen(
            f"{file} holds the state of an optimiser, and no model.",
            "Choose the file that the model itself was saved to.",
        )
    if any("_all_weight_values" in t for t in tops) or any(
        ".quantized." in name for name in classes
    ):
        return CannotOpen(
            f"{file} holds a quantised recurrent layer, whose weights are packed.",
            "Choose the model from before it was quantised.",
        )
    inside = value if isinstance(value, list | tuple) else [value]
    if not places and any(as_leaf(each) is not None for each in inside):
        return NoModel(
            f"{file} holds tensors without names, and no model.",
            "Open it as the sequence.",
        )
    if not places:
        return CannotOpen(
            f"{file} holds no weights.", "Choose a file that a model was saved to."
        )
    largest = max(places.values(), key=lambda found: len(found.leaves))
    names = list(largest.leaves)
    shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
    return NoModel(
        f"{file} has no recurrent layer in it: no weights are named weight_hh, as "
        f"those of LSTM, GRU and RNN are. It holds {len(names)} tensor"
        f"{'s' * (len(names) != 1)}: {shown}.",
        "Choose a model with an LSTM, GRU or RNN, or open it as the sequence.",
    )
