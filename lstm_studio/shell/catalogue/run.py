"""Actions of the run: begin it, step it, prove it."""

from typing import Final

from lstm_studio.shell.catalogue.action import Action

RUN: Final = (
    Action(
        "run",
        "Run",
        "Run",
        "F5",
        "Record the model over the sequence",
        "play",
        "Run",
    ),
    Action(
        "run_paused",
        "Run",
        "Run step by step",
        "Shift+F5",
        "Start a run that waits before its first step",
        "person-simple-walk",
    ),
    Action(
        "pause_run",
        "Run",
        "Pause the run",
        "F6",
        "Let the run wait, or let it go on (also Space while a run goes on)",
        "pause",
    ),
    Action(
        "step_run",
        "Run",
        "Run one step",
        "F10",
        "Let the run do one more step, then wait",
        "arrow-line-right",
        "1 step",
    ),
    Action(
        "step_run_n",
        "Run",
        "Run n steps",
        "Shift+F10",
        "Let the run do as many steps as the box says, then wait",
        "skip-forward",
        "n steps",
    ),
    Action(
        "break_run",
        "Run",
        "Pause where the condition holds",
        "Ctrl+B",
        "Let runs pause where the condition of “Find steps” begins to hold",
        "hand-palm",
        checkable=True,
    ),
    Action(
        "go_live",
        "Run",
        "Go on live…",
        "F9",
        "Go on from the end of the sequence: type the next input, or let it generate",
        "keyboard",
    ),
    Action(
        "cancel",
        "Run",
        "Cancel",
        "Esc",
        "End what runs; what it recorded is kept",
        "stop",
        "Cancel",
    ),
    Action(
        "verify",
        "Run",
        "Verify all steps",
        "Ctrl+Shift+V",
        "Measure the certificate over every step of the recording",
        "checks",
    ),
    Action(
        "show_certificate",
        "Run",
        "Certificate…",
        "Ctrl+I",
        "The figures that prove the recording, layer by layer",
        "circle-wavy-check",
    ),
)
