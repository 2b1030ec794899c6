"""``view``: the window for a script or a notebook."""

import builtins
from functools import cache
from typing import TYPE_CHECKING, Any

from lstm_studio.core.commands import Command
from lstm_studio.core.control import RunControl
from lstm_studio.core.messages import Outcome
from lstm_studio.core.recording import Recording
from lstm_studio.session.runner import Perform, Publish, ThreadRunner

if TYPE_CHECKING:
    from lstm_studio.engine.workbench import Workbench
    from lstm_studio.shell.window import MainWindow


def view(
    model_or_recording: Any, *inputs: Any, **keyword_inputs: Any
) -> "MainWindow | None":
    """Open the window on a module with its inputs, or on a recording.

    The module runs in a thread of this process and is left as it was.

    Parameters
    ----------
    model_or_recording
        An ``nn.Module`` with a recurrent part, or a ``Recording``.
    *inputs, **keyword_inputs
        What the module is called with.

    Returns
    -------
    MainWindow or None
        In a notebook or console whose event loop runs already (``%gui qt``) the
        window; keep it as long as it is to be open. Else None, when the user has
        closed the window.
    """
    if isinstance(model_or_recording, Recording):
        # Torch is imported only if a model is opened from that window.
        return _show(later(), recording=model_or_recording)
    # Torch before Qt: on Windows the other order fails (pytorch #166628).
    from lstm_studio.engine.workbench import Workbench

    bench = Workbench.of_module(model_or_recording, inputs, keyword_inputs)
    return _show(bench.perform, bench=bench, module=model_or_recording)


def later() -> Perform:
    """Return an engine that is imported when it is first asked for something."""

    @cache
    def bench() -> "Workbench":
        from lstm_studio.engine.workbench import Workbench

        return Workbench()

    def perform(command: Command, control: RunControl, publish: Publish) -> Outcome:
        return bench().perform(command, control, publish)

    return perform


def _show(
    perform: Perform,
    recording: Recording | None = None,
    bench: "Workbench | None" = None,
    module: object | None = None,
) -> "MainWindow | None":
    from PySide6.QtCore import QCoreApplication, QEvent

    from lstm_studio.session.session import Session
    from lstm_studio.session.workspace import Workspace
    from lstm_studio.shell.app import create_application, open_window

    application = create_application()
    session = Session(ThreadRunner(perform), Workspace())
    window = open_window(session)
    if recording is not None:
        session.show_recording(recording)
    elif bench is not None:
        session.hold(*bench.opened, module)
        session.run()
    if _loop_runs():
        return window
    application.exec()
    # Not left to the collector: an interpreter that ends deletes in any order.
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
    return None


def _loop_runs() -> bool:
    """Whether a console or notebook handles the events of windows by itself."""
    console = getattr(builtins, "get_ipython", lambda: None)()
    return str(getattr(console, "active_eventloop", None)).startswith("qt")
