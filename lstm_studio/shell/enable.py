"""Which actions can be done now, and what those say that change their meaning."""

from typing import Final

from lstm_studio.core.commands import Run
from lstm_studio.panelkit.seconds import rate_of
from lstm_studio.session.session import Session
from lstm_studio.shell.actions import Actions

NEED_STEPS: Final = (
    "play_back",
    "step_back",
    "step_forth",
    "leap_back",
    "leap_forth",
    "first_step",
    "last_step",
    "go_to_step",
    "unit_up",
    "unit_down",
    "layer_up",
    "layer_down",
    "next_stream",
    "loop",
    "next_reset",
    "previous_reset",
    "next_same_input",
    "previous_same_input",
    "next_saturation",
    "previous_saturation",
    "next_found",
    "previous_found",
    "pin",
    "zoom_in",
    "zoom_out",
    "zoom_all",
)
"""Actions that need a recording with at least one step."""


def enable(actions: Actions, session: Session) -> None:
    """Let each action be as the session is now."""
    recorded = bool(session.extent.steps)
    running = isinstance(session.command, Run)
    has_model = session.model is not None
    ready = has_model and session.sequence is not None and not running
    enabled = dict.fromkeys(NEED_STEPS, recorded) | {
        "open_sequence": has_model,
        "answer_questions": session.model is not None and bool(session.model.questions),
        "save_recording": recorded and not running,
        "save_session": has_model or recorded,
        "run": ready,
        "run_paused": ready,
        "pause_run": running,
        "step_run": running,
        "step_run_n": running,
        "verify": recorded and has_model and not session.busy,
        "export_data": recorded,
        "export_film": recorded,
        "show_certificate": session.recording is not None,
        "axes_in_seconds": rate_of(session) is not None,
        "go_live": has_model and session.sequence is not None,
        "play": recorded or running,
        "find_steps": has_model or recorded,
        "break_run": has_model,
        "undo": session.history.can_undo,
        "redo": session.history.can_redo,
    }
    for name, on in enabled.items():
        actions[name].setEnabled(on)
    actions["follow"].setChecked(session.view.follow)
    actions["axes_in_seconds"].setChecked(session.view.seconds)
    actions["loop"].setChecked(session.loop)
    actions["break_run"].setChecked(session.until is not None)
    _say(actions, session, running=running)


def _say(actions: Actions, session: Session, *, running: bool) -> None:
    if session.playing:
        actions.say("play", "Stop playing", "pause")
    elif running:
        text, sign = ("Run on", "play") if session.paused else ("Pause", "pause")
        actions.say("play", text, sign)
    else:
        actions.say("play", "Play", "play")
    if session.paused:
        actions.say("pause_run", "Run on", "play")
    else:
        actions.say("pause_run", "Pause the run", "pause")
