"""A model that goes on step by step, after proof that this is what it computes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import CannotRun, DoesNotFit
from lstm_studio.core.messages import Message
from lstm_studio.core.recorder import Recorder
from lstm_studio.core.recording import Recording
from lstm_studio.engine.capture import sampling
from lstm_studio.engine.capture.preserve import snapshot
from lstm_studio.engine.capture.record import capture
from lstm_studio.engine.capture.stepping import Arguments, Steps
from lstm_studio.engine.capture.stepproof import Verification


class Stepper:
    """Goes on from the end of a sequence, one step at a time.

    The sequence is run as a whole and then step by step, with the state of every
    recurrent operation carried on to the next step. Only where all states and the
    output agree is it ``possible`` to go on. The model is left as it is.

    Parameters
    ----------
    model
        As for ``record``.
    *inputs, **keyword_inputs
        What the model is called with. The first tensor is the sequence, of at least
        two steps; the others are given with every step.
    step_axis
        Axis of the steps in the sequence. None: the one that is as long as the first
        layer; where two are, ``batch_first`` tells, and the batch comes first where
        nothing tells.
    device
        Where to run; None: where the model is.
    store
        Folder to write the recording to; None keeps it in memory.
    control, publish
        As for ``capture``.

    Attributes
    ----------
    reason
        Why the model cannot be stepped, in a sentence; ``""`` if it can.

    Raises
    ------
    DoesNotFit, CannotRun
        As for ``record``: the model does not run over the sequence either.
    """

    def __init__(
        self,
        model: Callable[..., Any],
        *inputs: Any,
        step_axis: int | None = None,
        device: str | torch.device | None = None,
        store: str | Path | None = None,
        control: RunControl | None = None,
        publish: Callable[[Message], None] = lambda _: None,
        **keyword_inputs: Any,
    ) -> None:
        self.reason = ""
        self._generator = torch.Generator()
        self._settled = False
        arguments = Arguments(inputs, keyword_inputs)
        control = control or RunControl()
        # The state that a model keeps is that of the start in both runs.
        model = snapshot(model)
        whole = Recorder()
        try:
            capture(
                snapshot(model),
                inputs,
                keyword_inputs,
                whole,
                control=control,
                device=device,
            )
            verification = Verification(whole.recording, model, arguments)
            place = None if device is None else torch.device(device)
            verification.go(step_axis, store, place, control, publish)
        finally:
            whole.close()
            whole.recording.close()
        self._steps = verification.steps
        self._template = verification.template
        self._axis = verification.axis
        self.reason = verification.reason

    @property
    def possible(self) -> bool:
        """Whether steps one by one give what the whole sequence gives."""
        return not self.reason

    @property
    def recording(self) -> Recording:
        """All steps so far, those of the sequence first.

        Raises
        ------
        CannotRun
            The model cannot be stepped, so there is none.
        """
        steps = self._possible_steps()
        if not self._settled:
            self._settled = True
            steps.recorder.set_sequence(self.values)
            steps.recorder.set_output(steps.outputs.joined())
            steps.recorder.commit()
        return steps.recorder.recording

    @property
    def recorder(self) -> Recorder:
        """The writer of the recording, to say more of it."""
        return self._possible_steps().recorder

    @property
    def values(self) -> np.ndarray:
        """The sequence and all that was added to it, ``(step, sample, ...)``."""
        steps = np.stack([x.squeeze(self._axis) for x in self._possible_steps().given])
        return steps if steps.ndim > 1 else steps[:, np.newaxis]

    @property
    def carry(self) -> bool:
        """Whether a step starts in the state of the one before, or as after a reset."""
        return self._possible_steps().carry

    @carry.setter
    def carry(self, carry: bool) -> None:
        self._possible_steps().carry = carry

    def reset(self) -> None:
        """Let the next step start as a sequence does, in the state at the start."""
        self._possible_steps().reset()

    def attend(
        self, control: RunControl, publish: Callable[[Message], None], total: int
    ) -> None:
        """Listen to another control from the next step on, and tell another listener.

        ``total`` is the number of steps that the recording will then have.
        """
        self._possible_steps().attend(control, publish, total)

    def step(self, x_t: Any) -> Any:
        """Run one step and return what the model returns for it.

        Parameters
        ----------
        x_t
            One step of the sequence, of the shape of the sequence with one step on
            its axis, or without any axis that is 1 long: a number for one token.

        Returns
        -------
        output
            What the model returned for a sequence of this one step.
        """
        (output,) = self._run(iter([self._fitted(x_t)]))
        return output

    def sample(
        self, steps: int = 1, *, temperature: float = 1.0, seed: int | None = None
    ) -> Tensor:
        """Let the model go on by itself, each step with what it returned before.

        Where the sequence is of tokens, they are drawn from the softmax over the last
        axis of the output. Else the output itself is the next input.

        Parameters
        ----------
        temperature
            What the logits are divided by; 0 takes the most likely token.
        seed
            The same one draws the same tokens again; None goes on with the random
            numbers of the call before.

        Returns
        -------
        tensor
            The steps that were added, of the shape of the sequence with as many steps.

        Raises
        ------
        CannotRun
            The output cannot be the next input, or is not finite.
        """
        if seed is not None:
            self._generator.manual_seed(seed)
        why = self.why_not_sample()
        if why:
            raise CannotRun(why, "Give the next step yourself.")
        before = len(self._possible_steps().given)
        for _ in self._run(self._following(steps, temperature)):
            pass
        added = self._possible_steps().given[before:]
        return torch.from_numpy(np.concatenate(added, self._axis))

    def why_not_sample(self) -> str:
        """Return why the model cannot go on by itself, ``""`` if it can."""
        if self.reason:
            return self.reason
        return sampling.why_not(self._last(), self._template)

    def _following(self, steps: int, temperature: float) -> Iterator[Tensor]:
        for _ in range(steps):
            yield sampling.following(
                self._last(), self._template, temperature, self._generator
            )

    def _last(self) -> np.ndarray:
        last = self._possible_steps().outputs.last()
        assert last is not None
        return last

    def _run(self, steps: Iterator[Tensor]) -> Iterator[Any]:
        self._settled = False
        return self._possible_steps().run(steps)

    def _possible_steps(self) -> Steps:
        if self._steps is None or self.reason:
            raise CannotRun(self.reason, "Run the whole sequence instead.")
        return self._steps

    def _fitted(self, x_t: Any) -> Tensor:
        template = self._template
        values = torch.as_tensor(x_t, dtype=template.dtype)
        wide = [length for length in template.shape if length > 1]
        if [length for length in values.shape if length > 1] != wide:
            raise DoesNotFit(
                f"The step has the shape {tuple(values.shape)}, and those of the "
                f"sequence have {tuple(template.shape)}.",
                "Give one step, as those of the sequence.",
            )
        return values.reshape(template.shape)
