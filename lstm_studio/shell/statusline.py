"""The line at the foot of the window: where one is, and what the run was worth."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QStatusBar,
    QToolButton,
    QWidget,
)

from lstm_studio.core.certificate import Certificate
from lstm_studio.core.commands import (
    Command,
    Live,
    LookAtSequence,
    OpenExample,
    OpenModel,
    OpenSequence,
    Run,
    Verify,
)
from lstm_studio.core.messages import Progress
from lstm_studio.core.recording import Recording
from lstm_studio.panelkit.text import name_text
from lstm_studio.session.session import Session
from lstm_studio.shell.icons import icon
from lstm_studio.shell.words import duration, grouped, small

APART = " · "


class StatusLine(QStatusBar):
    """Step, time against the plain forward pass, certificate, and what runs."""

    certificate_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setSizeGripEnabled(False)
        self.place = self._label("Step of the cursor")
        self.time = self._label("Time of the run")
        self.proof = QToolButton(self)
        self.proof.setAutoRaise(True)
        # No higher than the letters.
        self.proof.setIconSize(QSize(14, 14))
        self.proof.setToolTip("The certificate: show its figures layer by layer")
        self.proof.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.proof.clicked.connect(self.certificate_asked)
        self.shown = self._label("Thinning of what is shown")
        self.doing = self._label("What goes on")
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName("Progress")
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(140, 6)
        said = QWidget(self)
        row = QHBoxLayout(said)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self.place, self.time, self.proof, self.shown):
            row.addWidget(widget)
        self.addWidget(said)
        self._said = said
        self.addPermanentWidget(self.doing)
        self.addPermanentWidget(self.bar)
        self.setContentsMargins(8, 0, 8, 0)
        self.refresh()

    def _label(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAccessibleName(name)
        label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        return label

    def refresh(self) -> None:
        """Say it as it is now."""
        session = self._session
        steps = session.extent.steps
        place = f"of {grouped(steps)}" if steps else _opened(session)
        if steps and session.gone_on is not None and not session.gone_on.reason:
            place += ", going on live"
        # As wide as the last step needs: a label whose size is fixed can change its
        # text without the window being laid out again.
        widest = f"step {grouped(steps)} {place}" if steps else place
        metrics = self.place.fontMetrics()
        self.place.setFixedSize(metrics.horizontalAdvance(widest), metrics.height())
        at = grouped(session.view.step)
        self.place.setText(f"step {at} {place}" if steps else place)
        self._say_worth(session.recording)
        self._say_progress(session.command, session.progress, paused=session.paused)

    def _say_worth(self, recording: Recording | None) -> None:
        time = time_in_words(recording)
        shown = recording is not None and recording.state != "running"
        self.time.setText(f"{APART}{time}{APART if shown else ''}")
        self.time.setVisible(bool(time))
        self.proof.setVisible(shown)
        # Its room stays: else all panels would move with each run.
        self._said.setMinimumHeight(self.proof.sizeHint().height())
        if recording is None or not shown:
            return
        text, sign = proof_in_words(recording.certificate)
        if text != self.proof.text():
            self.proof.setText(text)
            self.proof.setAccessibleName(f"Certificate: {text}")
            style = Qt.ToolButtonStyle
            self.proof.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if sign else style.ToolButtonTextOnly
            )
            if sign:
                self.proof.setIcon(icon(sign, self.palette()))

    def say_thinning(self, thinning: str) -> None:
        """Say how what is shown was thinned: ``8:1 (peak)``; empty where it was not."""
        self.shown.setVisible(bool(thinning))
        self.shown.setText(f"{APART}shown {thinning}")

    def _say_progress(
        self, command: Command | None, progress: Progress | None, *, paused: bool
    ) -> None:
        self.bar.setVisible(command is not None)
        self.doing.setVisible(command is not None)
        if command is None:
            return
        total = progress.total if progress is not None else None
        # A range of 0 to 0 shows that something goes on, but not how far it is.
        self.bar.setRange(0, 1000 if total else 0)
        if progress is not None and total:
            self.bar.setValue(round(1000 * progress.done / total))
        self.doing.setText(progress_in_words(command, progress, paused=paused))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            # Said again, with its icon in the new colours.
            self.proof.setText("")
            self.refresh()
        super().changeEvent(event)


def _opened(session: Session) -> str:
    if session.model is None:
        return "No model is open"
    if session.sequence is None:
        return f"{name_text(session.model.name)}: choose a sequence next"
    names = name_text(session.model.name), name_text(session.sequence.name)
    return f"{names[0]} with {names[1]}: ready to run"


def time_in_words(recording: Recording | None) -> str:
    """Return how long the run took, against the plain forward pass if that is known."""
    if recording is None or recording.origin.seconds is None:
        return ""
    if recording.origin.ratio is not None:
        return f"{recording.origin.ratio:.2f}× plain forward"
    return f"run took {recording.origin.seconds:.2f} s"


def proof_in_words(certificate: Certificate) -> tuple[str, str]:
    """Return what the certificate says in a few words, and its warning icon."""
    residual = certificate.residual
    if residual is None:
        return "not certified", "circle-wavy-question"
    figure = f"residual {small(residual)}"
    match certificate.verdict:
        case "holds":
            return f"{figure} ✓", ""
        case "does not hold" as verdict:
            return f"{figure}: {verdict}", "circle-wavy-warning"
        case verdict:
            return f"{figure}, {verdict}", "circle-wavy-question"


def progress_in_words(
    command: Command, progress: Progress | None, *, paused: bool
) -> str:
    """Return what goes on, how far it is, and the time left."""
    what = _what(command, paused=paused)
    if progress is None:
        return what
    if not progress.total:
        return f"{what}{APART}{grouped(progress.done)}"
    said = f"{what}{APART}{grouped(progress.done)} of {grouped(progress.total)}"
    if isinstance(command, OpenModel | OpenExample):
        said += f" {progress.what}"
    if paused or progress.done <= 0 or progress.seconds <= 0:
        return said
    left = progress.seconds * (progress.total - progress.done) / progress.done
    return f"{said}{APART}{duration(left)} left"


def _what(command: Command, *, paused: bool) -> str:
    words = {
        Run: "Running",
        Live: "Going on step by step",
        OpenModel: "Opening the model",
        OpenExample: "Opening the example",
        OpenSequence: "Preparing the sequence",
        LookAtSequence: "Looking at the sequence",
        Verify: "Verifying",
    }
    return (
        "Paused" if paused and isinstance(command, Run | Live) else words[type(command)]
    )
