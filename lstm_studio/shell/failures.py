"""What failed, in the banner, with the way out that there is."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from lstm_studio.core.messages import Failed, Stuck
from lstm_studio.session.session import Session
from lstm_studio.shell.banner import Banner
from lstm_studio.shell.reports import log

WayOut = Callable[[Failed], tuple[str, Callable[[], None]] | None]


class Failures(QObject):
    """Shows a failure; offers to choose again, to run on the CPU, or to try again."""

    shown = Signal()

    def __init__(self, session: Session, banner: Banner, way_out: WayOut) -> None:
        super().__init__(banner)
        self._session = session
        self._banner = banner
        self._way_out = way_out
        self._stuck: Stuck | None = None
        self._said: Failed | None = None
        session.advanced.connect(self._on_advanced)

    def _on_advanced(self) -> None:
        stuck = self._session.stuck
        if stuck is self._stuck:
            return
        self._stuck = stuck
        if stuck is not None:
            self._said = Failed("CannotSave", stuck.message, stuck.next_step)
            self._banner.show_failed(
                self._said,
                "Try again",
                self._session.resume,
                ("End the run", self._session.cancel),
            )
        elif self._banner.failed is self._said:
            self._banner.hide()
        self.shown.emit()

    def show_unforeseen(self, failed: Failed) -> None:
        """Show an error that no command has to do with."""
        self._banner.show_failed(failed)
        self.shown.emit()

    def show_failed(self, failed: Failed) -> None:
        """Show how a command failed, and what can be done about it."""
        # What came from the process of the model is in the report, too.
        log.error("%s: %s\n%s", failed.kind, failed.message, failed.details)
        session = self._session
        if (way_out := self._way_out(failed)) is not None:
            self._banner.show_failed(failed, *way_out)
            return
        if failed.kind == "TooLarge":
            self._banner.show_failed(failed, "Run all the same", self.run_all_the_same)
            self.shown.emit()
            return
        if failed.kind == "EngineEnded" and session.sequence is not None:
            self._banner.show_failed(failed, "Run again", session.run)
            self.shown.emit()
            return
        on_device = session.device != "cpu" and session.sequence is not None
        if on_device and failed.kind not in ("CannotOpen", "DoesNotFit"):
            self._banner.show_failed(failed, "Run on CPU", self.run_on_cpu)
        else:
            self._banner.show_failed(failed)
        self.shown.emit()

    def run_all_the_same(self) -> None:
        """Run though it takes most of the room that there is."""
        self._session.run(sure=True)

    def run_on_cpu(self) -> None:
        """Do the same run again on the CPU."""
        self._session.choose_device("cpu")
        self._session.run()
