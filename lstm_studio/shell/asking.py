"""Small dialogs about the session: where to go, what was proven, which versions."""

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from lstm_studio.session.session import Session
from lstm_studio.shell.dialogs.about import AboutDialog
from lstm_studio.shell.dialogs.certificate import CertificateDialog
from lstm_studio.shell.dialogs.go_to import GoToDialog
from lstm_studio.shell.navigate import Navigation
from lstm_studio.shell.reports import log_file, report_text


def open_dialog(dialog: QDialog) -> None:
    """Show a dialog without waiting for it; it is gone when it is closed."""
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


class Asking(QObject):
    """Opens dialogs over the window, and passes on what they say."""

    def __init__(
        self, session: Session, navigation: Navigation, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session = session
        self._navigation = navigation
        self._window = window

    def go_to_step(self) -> None:
        """Ask for a step and go there."""
        session = self._session
        dialog = GoToDialog(session.view.step, session.extent.steps, self._window)
        dialog.chosen.connect(self._navigation.go_to)
        open_dialog(dialog)

    def show_certificate(self) -> None:
        """Show the figures of the certificate."""
        session = self._session
        if session.recording is not None:
            dialog = CertificateDialog(
                session.recording.certificate,
                can_verify=session.model is not None and not session.busy,
                parent=self._window,
            )
            dialog.verify_asked.connect(self._navigation.verify)
            open_dialog(dialog)

    def show_about(self) -> None:
        """Show the versions."""
        open_dialog(AboutDialog(self._window))

    def copy_report(self) -> None:
        """Copy the versions and the end of the log."""
        QGuiApplication.clipboard().setText(report_text())

    def show_log(self) -> None:
        """Open the log file, or the folder where it will be."""
        path = log_file()
        shown = path if path.exists() else path.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(shown)))
