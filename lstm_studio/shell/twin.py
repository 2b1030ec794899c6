"""A second session on what one shows: pictures look elsewhere, the window stays."""

from dataclasses import fields

from lstm_studio.core.recording import Recording
from lstm_studio.session.runner import ThreadRunner
from lstm_studio.session.session import Session
from lstm_studio.session.workspace import Workspace
from lstm_studio.shell.view import later


def twin_of(session: Session) -> Session:
    """Return a session of its own with the same recording and view; close it.

    Raises
    ------
    CannotOpen
        If the folder of the recording is gone.
    """
    recording = session.recording
    twin = Session(ThreadRunner(later()), Workspace(session.folder.parent))
    twin.model, twin.sequence = session.model, session.sequence
    if recording is None:
        return twin
    try:
        # A session removes what spilled over when it closes: not what is another's.
        own = recording
        if recording.spilled and recording.path is not None:
            own = Recording.open(recording.path)
    except BaseException:
        twin.close()
        raise
    twin.show_recording(own)
    twin.gone_on = session.gone_on
    view = session.view
    twin.look(**{each.name: getattr(view, each.name) for each in fields(view)})
    return twin
