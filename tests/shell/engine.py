"""An engine made up for the window: it opens what it is told to and runs steps."""

from collections.abc import Callable
from threading import Event

from lstm_studio.core.commands import (
    Command,
    OpenExample,
    OpenModel,
    OpenSequence,
    Run,
    Verify,
)
from lstm_studio.core.control import RunControl
from lstm_studio.core.errors import JobCancelled
from lstm_studio.core.layers import Layer, Sizes
from lstm_studio.core.messages import (
    Cancelled,
    Failed,
    Finished,
    Message,
    ModelOpened,
    Outcome,
    Progress,
    SequenceOpened,
    Stuck,
)
from lstm_studio.core.summary import (
    InputNeeds,
    ModelSummary,
    Question,
    SequenceSummary,
)

LAYER = Layer("lstm.l0", "lstm", "lstm", 0, "forward", Sizes(4, 16))
QUESTIONS = (
    Question("batch_first", "Is the batch the first axis?", "yes", ("yes", "no")),
    Question("head", "Where does the head apply?", "every step"),
)
NEEDS_TRUST = Failed(
    "NeedsTrust", "It runs code.", "Trust it or not.", "import os", "ab" * 32
)
NO_MODEL = Failed("NoModel", "It holds 2 arrays, and no model.", "Open it so.")
RAISED = Failed("CannotRun", "The model raised <b>ValueError</b>.", "Look.", "line 7")
STEPS = 40


def model(path: str, questions: tuple[Question, ...] = ()) -> ModelSummary:
    needs = InputNeeds("features", 4, names=("a", "b", "c", "d"))
    return ModelSummary(
        path.rpartition("/")[2],
        path,
        "cd" * 32,
        "state_dict",
        (LAYER,),
        needs,
        questions,
    )


class Engine:
    """Performs commands as the real one does; ``commands`` is what it was asked."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.fails: Failed | None = None
        self.full = False
        self.questions: tuple[Question, ...] = ()
        self.taken = 0
        self.started = Event()

    def perform(
        self, command: Command, control: RunControl, publish: Callable[[Message], None]
    ) -> Outcome:
        self.commands.append(command)
        try:
            return self._perform(command, control, publish)
        except JobCancelled:
            return Cancelled()

    def _perform(
        self, command: Command, control: RunControl, publish: Callable[[Message], None]
    ) -> Outcome:
        match command:
            case OpenModel(path, trust, answers):
                safe = trust or answers.get("open") == "weights"
                if path.endswith(".jit") and not safe:
                    return NEEDS_TRUST
                if path.endswith("arrays.h5"):
                    return NO_MODEL
                publish(ModelOpened(model(path, self.questions)))
            case OpenExample(name):
                publish(ModelOpened(model(name)))
                publish(SequenceOpened(sequence("bundled")))
            case OpenSequence(source):
                publish(SequenceOpened(sequence(source)))
            case Run():
                self.started.set()
                for step in range(STEPS):
                    control.take(1)
                    while self.full and step == STEPS // 2:
                        publish(Stuck("The disk is full.", "Free some space."))
                        control.stand_still()
                    self.taken += 1
                    publish(Progress("run", step + 1, STEPS, 0.1 * (step + 1)))
            case Verify():
                pass
        return self.fails or Finished()


def sequence(name: str) -> SequenceSummary:
    return SequenceSummary(name, "", STEPS, 1, (1, STEPS, 4), "float32")
