"""From a path to a model that runs: the rungs of the ladder, safest first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import nn

from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Message, ModelDescribed
from lstm_studio.core.summary import ModelSummary, Part
from lstm_studio.engine.files.hashing import hashed
from lstm_studio.engine.files.meter import Meter
from lstm_studio.engine.files.recognise import Form, recognise
from lstm_studio.engine.files.source import Source, open_source
from lstm_studio.engine.models import coded
from lstm_studio.engine.models.assemble import assemble
from lstm_studio.engine.models.described import Found, read_weights
from lstm_studio.engine.models.plan import ROOT
from lstm_studio.engine.models.summarise import (
    declared_layers,
    recurrent_parts,
    watchable,
)
from lstm_studio.engine.models.weights import Weights

Publish = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A model that can be called with a prepared sequence, and what is known of it."""

    module: nn.Module
    summary: ModelSummary
    weights: Weights | None = field(default=None, repr=False)
    described: ModelSummary | None = field(default=None, repr=False)
    """What was known before the model was put together."""

    def answered(
        self,
        answers: Mapping[str, str],
        control: RunControl | None = None,
        publish: Publish | None = None,
    ) -> "OpenedModel":
        """Return the model with other answers, without reading its file again.

        Only a choice of other weights needs the file, and is as ``open_file``.
        """
        if (
            self.weights is None
            or self.described is None
            or answers.get("weights", self.weights.group) != self.weights.group
            or answers.get("open") == "whole"
        ):
            trusted = self.summary.sha256 if self.weights is None else ""
            # The trust was in the file as it was, not in what stands there now.
            return _open(
                self.summary.path,
                answers,
                lambda sha256: sha256 == trusted,
                control,
                publish,
            )
        return _assembled(self.weights, answers, self.described)


def open_model(path: str | Path, trust: bool = False, **answers: str) -> nn.Module:
    """Open a model file and return a module that is called with its sequence.

    Parameters
    ----------
    path
        A model file of any known form, or ``file.py:function`` for a function of a
        Python file that makes the model.
    trust
        Whether code of the file may run, with your rights.
    **answers
        What the file cannot tell; ``open_file(path).summary.questions`` lists them.

    Returns
    -------
    torch.nn.Module
        Called as ``module(x)`` with ``x`` of shape (batch, step, feature), or
        (batch, step) of tokens.

    Raises
    ------
    CannotOpen
        The file is no model, is damaged, or has no recurrent layer in it.
    NeedsTrust
        The file would run code, and ``trust`` is false.
    """
    return open_file(path, trust, answers).module


def open_file(
    path: str | Path,
    trust: bool = False,
    answers: Mapping[str, str] | None = None,
    control: RunControl | None = None,
    publish: Publish | None = None,
) -> OpenedModel:
    """Open a model file: as ``open_model``, with everything the window shows of it.

    Parameters
    ----------
    control
        Its cancel ends the reading.
    publish
        Gets ``ModelDescribed`` before the weights of a large file are read, and
        ``Progress`` while they are.

    Raises
    ------
    JobCancelled
        ``control`` was cancelled; nothing is left open.
    """
    return _open(str(path), answers or {}, lambda sha256: trust, control, publish)


def _open(
    path: str,
    answers: Mapping[str, str],
    trusted: Callable[[str], bool],
    control: RunControl | None,
    publish: Publish | None,
) -> OpenedModel:
    given = dict(answers)
    location, factory = coded.split_factory(path)
    if factory:
        given["factory"] = factory
    meter = Meter(control, publish)
    with open_source(location) as source, hashed([source], meter.check) as sha256:
        source.meter = meter
        form = recognise(source)
        summary = ModelSummary(
            name=location.name,
            path=str(location),
            sha256="",
            form=form.words,
            layers=(),
            needs=coded.UNKNOWN_NEEDS,
        )
        if coded.wants_code(form, given):
            summary = replace(summary, sha256=sha256())
            trust = trusted(summary.sha256)
            return _coded(source, form, summary, given, trust=trust)

        def described(found: Found) -> OpenedModel:
            told = replace(
                summary,
                form=found.words,
                notes=(
                    *coded.about_classes(found.classes, found.whole),
                    *found.notes,
                ),
                questions=coded.open_questions(form, found.whole),
            )
            return _assembled(found.weights, given, told)

        def seen(found: Found) -> None:
            sketch = described(found)
            if publish is not None:
                publish(ModelDescribed(sketch.summary))

        found = read_weights(source, form, given, seen)
        summary = replace(summary, sha256=found.sha256 or sha256())
    return described(found)


def _assembled(
    weights: Weights, answers: Mapping[str, str], described: ModelSummary
) -> OpenedModel:
    made = assemble(weights, answers, file=described.name)
    opening = described.questions
    chosen = {q.name: answers.get(q.name, q.default) for q in opening}
    summary = replace(
        described,
        layers=declared_layers(made.module),
        needs=made.needs,
        questions=(*opening, *made.questions),
        answers={**chosen, **made.answers},
        parts=made.parts,
        notes=(*described.notes, *made.notes),
        modules=watchable(made.module),
    )
    return OpenedModel(made.module, summary, weights, described)


def _coded(
    source: Source,
    form: Form,
    summary: ModelSummary,
    answers: Mapping[str, str],
    *,
    trust: bool,
) -> OpenedModel:
    made = coded.open_coded(source, form, answers, trust=trust)
    summary = replace(
        summary,
        name=made.name,
        layers=declared_layers(made.module),
        needs=made.needs,
        questions=made.questions,
        answers=made.answers,
        parts=tuple(
            Part(part.module or ROOT, part.text)
            for part in recurrent_parts(made.module)
        ),
        notes=made.notes,
        modules=watchable(made.module),
    )
    return OpenedModel(made.module, summary)
