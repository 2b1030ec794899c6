"""Go on from the end of the sequence: type the next input, or let the model do it."""

from typing import ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lstm_studio.panelkit.panel import Area, Panel
from lstm_studio.panelkit.spinbox import DoubleSpinBox, SpinBox
from lstm_studio.panelkit.text import count_text
from lstm_studio.session.session import Session

MOST_STEPS: Final = 100_000


class LivePanel(Panel):
    """Fields and buttons for live steps, and where they cannot be, why."""

    id: ClassVar[str] = "live"
    title: ClassVar[str] = "Live"
    help: ClassVar[str] = (
        "The model goes on from the end of its sequence, one step at a time. Type the "
        "next input, or let the model generate it; each state appears as it comes."
    )
    area: ClassVar[Area] = "aside"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.next = QLineEdit()
        self.next.setAccessibleName("Next input")
        self.feed = QPushButton("Feed")
        self.feed.setToolTip("Run the model over what is typed, step by step (Enter)")
        self.steps = SpinBox(minimum=1, maximum=MOST_STEPS, value=50)
        self.steps.setAccessibleName("Steps to generate")
        self.generate = QPushButton("Generate")
        self.argmax = QCheckBox("Most likely (argmax)")
        self.argmax.setToolTip("Take the most likely token (argmax), draw none")
        self.temperature = DoubleSpinBox(
            minimum=0.05, maximum=10.0, singleStep=0.05, value=1.0
        )
        self.temperature.setAccessibleName("Temperature")
        self.fix = QCheckBox("Seed")
        self.fix.setToolTip("Draw the same tokens again from the same state")
        self.seed = SpinBox(maximum=2**31 - 1)
        self.seed.setAccessibleName("Seed of the random numbers")
        self.carry = QPushButton("Carry the state")
        self.carry.setToolTip("What comes next starts in the state of the last step")
        self.reset = QPushButton("Reset it")
        self.reset.setToolTip(
            "What comes next starts with the state that a sequence starts with"
        )
        self._switch = QButtonGroup(self)
        for button in (self.carry, self.reset):
            button.setCheckable(True)
            button.setProperty("switch", True)
            self._switch.addButton(button)
        self.carry.setChecked(True)
        self.each = QCheckBox("Reset before every step")
        self.each.setToolTip("No step knows of the one before: what one token does")
        self.why = QLabel()
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.why.setWordWrap(True)
        self._arrange()
        self.setFocusProxy(self.next)
        self.next.returnPressed.connect(self._on_feed)
        self.feed.clicked.connect(self._on_feed)
        self.generate.clicked.connect(self._on_generate)
        self.argmax.toggled.connect(self.request_refresh)
        self.fix.toggled.connect(self.request_refresh)

    def _arrange(self) -> None:
        content = QWidget()
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Next", _row(self.next, self.feed))
        form.addRow("Steps", _row(self.steps, self.generate))
        form.addRow("Temperature", self.temperature)
        form.addRow("", self.argmax)
        form.addRow(self.fix, self.seed)
        switch = QHBoxLayout()
        switch.setSpacing(0)
        switch.addWidget(self.carry, 1)
        switch.addWidget(self.reset, 1)
        form.addRow("State", switch)
        form.addRow("", self.each)
        layout = QVBoxLayout(content)
        layout.addWidget(self.said)
        layout.addLayout(form)
        layout.addWidget(self.why)
        layout.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setAccessibleName(self.title)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        scroll.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 4, 4)
        outer.addWidget(scroll)

    def recolour(self) -> None:
        palette = self.why.palette()
        palette.setColor(self.why.foregroundRole(), self.colours.muted)
        self.why.setPalette(palette)

    def refresh(self) -> None:
        session, gone_on = self.session, self.session.gone_on
        there = session.model is not None and session.sequence is not None
        refused = gone_on is not None and bool(gone_on.reason)
        able = there and not refused and not session.busy
        why = "" if gone_on is None else gone_on.no_output_as_input
        generates = not why
        tokens = self._takes_tokens()
        self.next.setPlaceholderText(self._example())
        self.said.setText(self._status())
        for row in (self.next, self.feed, self.carry, self.reset, self.each):
            row.setEnabled(able)
        self.steps.setEnabled(able and generates)
        self.generate.setEnabled(able and generates)
        drawn = able and generates and tokens
        self.argmax.setEnabled(drawn)
        self.fix.setEnabled(drawn and not self.argmax.isChecked())
        self.temperature.setEnabled(drawn and not self.argmax.isChecked())
        self.seed.setEnabled(self.fix.isEnabled() and self.fix.isChecked())
        self.why.setText("" if refused else why)

    def _takes_tokens(self) -> bool:
        model = self.session.model
        return model is not None and model.needs.kind == "tokens"

    def _example(self) -> str:
        model = self.session.model
        if model is None:
            return ""
        needs = model.needs
        if needs.kind == "tokens":
            return "text" if needs.vocabulary else "numbers of tokens: 4, 7"
        return ", ".join(["0.0"] * min(needs.features or 1, 4))

    def _status(self) -> str:
        session, gone_on = self.session, self.session.gone_on
        if session.model is None and session.recording is not None:
            return (
                "This window shows a recording, and a recording cannot go on. Open its "
                "model with Ctrl+O and a sequence with Ctrl+Shift+O, then go on from "
                "the end of that."
            )
        if session.model is None or session.sequence is None:
            return "Open a model and a sequence to go on from its end."
        if gone_on is None:
            if session.busy:
                return "Live steps can begin when what runs is at its end."
            return (
                "The first time, the model is asked whether it can be stepped: it is "
                "run over its sequence step by step, to prove that this gives what the "
                "whole sequence gives."
            )
        if gone_on.reason:
            return f"This model cannot be run live. {gone_on.reason}"
        added = max(gone_on.steps - session.sequence.steps, 0)
        steps = f"{count_text(added)} step{'s' * (added != 1)}"
        return (
            f"Asked once, and proven over the sequence: it can be stepped. {steps} "
            f"went on from its end; the recording has {count_text(gone_on.steps)} and "
            "goes on."
        )

    def _on_feed(self) -> None:
        text = self.next.text()
        if not text or not self.feed.isEnabled():
            return
        self.next.clear()
        self._go_on(source=f"text:{text}")

    def _on_generate(self) -> None:
        temperature = 0.0 if self.argmax.isChecked() else self.temperature.value()
        seed = self.seed.value() if self.fix.isChecked() else None
        self._go_on(generate=self.steps.value(), temperature=temperature, seed=seed)

    def _go_on(
        self,
        *,
        source: str = "",
        generate: int = 0,
        temperature: float = 1.0,
        seed: int | None = None,
    ) -> None:
        self.session.live(
            source,
            generate=generate,
            temperature=temperature,
            seed=seed,
            reset=self.reset.isChecked(),
            carry=not self.each.isChecked(),
        )


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for place, widget in enumerate(widgets):
        row.addWidget(widget, 0 if place else 1)
        if not place:
            # The field gives way, so that a narrow panel shows all of its buttons.
            widget.setMinimumWidth(60)
    return row
