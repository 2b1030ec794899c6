"""Waits until all that was asked for is there and drawn."""

from typing import Final

from PySide6.QtCore import QEventLoop, QTimer

from lstm_studio.session.session import Session

SETTLED_MS: Final = 200
"""What nothing changed for so long is drawn."""
LONGEST_MS: Final = 120_000


def wait_until_drawn(session: Session) -> None:
    """Let events be handled until nothing runs and nothing more is drawn."""
    loop = QEventLoop()
    settled, longest = QTimer(), QTimer()
    settled.setSingleShot(True)
    settled.setInterval(SETTLED_MS)

    def look() -> None:
        if session.settled:
            loop.quit()
        else:
            settled.start()

    settled.timeout.connect(look)
    longest.timeout.connect(loop.quit)
    facts = (session.opened, session.advanced, session.view_changed, session.ended)
    for fact in facts:
        fact.connect(settled.start)
    settled.start()
    longest.start(LONGEST_MS)
    loop.exec()
    for fact in facts:
        fact.disconnect(settled.start)
