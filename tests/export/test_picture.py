"""A picture shows the widget, and carries its origin."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget

from lstm_studio.core.certificate import Certificate, LayerProof, Origin
from lstm_studio.core.errors import CannotSave
from lstm_studio.export.caption import Caption, proof_text
from lstm_studio.export.picture import copy_picture, pdf, picture, save_picture, svg

CAPTION = Caption(
    Origin(
        model="m\u00f6del <b>.pt", model_sha256="ab" * 32, sequence="flights.csv",
        torch="2.13.0", device="cuda:0", dtype="float32", version="0.1.0",
    ),
    Certificate({"l0": LayerProof(9e-8, None, 1e-6, 5)}, 0.0, 0.0, "whole run"),
    {"layer": "lstm.l0", "step": "412"},
)  # fmt: skip


class Half(QWidget):
    """Red at the left, blue at the right."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        half = self.width() // 2
        painter.fillRect(0, 0, half, self.height(), QColor("red"))
        painter.fillRect(half, 0, half, self.height(), QColor("blue"))
        painter.end()


@pytest.fixture
def widget(qapp: QApplication) -> Iterator[QWidget]:
    widget = Half()
    widget.resize(200, 60)
    yield widget
    widget.deleteLater()


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_png_has_the_widget_and_its_caption(
    widget: QWidget, tmp_path: Path, scale: int
) -> None:
    path = tmp_path / "shot.png"
    made = picture(widget, path, scale, CAPTION)
    image = QImage(str(path))
    assert image.size() == made.size()
    assert image.width() == 200 * scale
    assert image.height() > 60 * scale
    assert image.pixelColor(20 * scale, 30 * scale) == QColor("red")
    assert image.pixelColor(180 * scale, 30 * scale) == QColor("blue")
    below = range(61 * scale, image.height())
    dark = [
        (x, y)
        for y in below
        for x in range(image.width())
        if image.pixelColor(x, y).lightness() < 100
    ]
    assert len(dark) > 100
    assert round(image.dotsPerMeterX() * 0.0254) == 96 * scale


def test_text_chunks_hold_the_origin(widget: QWidget, tmp_path: Path) -> None:
    path = tmp_path / "shot.png"
    picture(widget, path, caption=CAPTION)
    image = QImage(str(path))
    wanted = {
        "Model": "m\u00f6del <b>.pt",
        "Model SHA-256": "ab" * 32,
        "Sequence": "flights.csv",
        "Layer": "lstm.l0",
        "Step": "412",
        "PyTorch": "2.13.0",
        "Device": "cuda:0",
        "Certificate": "certificate holds, residual 9.0e-08",
        "Software": "LSTM Studio 0.1.0",
        "Description": CAPTION.text,
    }
    for name, text in wanted.items():
        assert image.text(name) == text
    assert "m\u00f6del <b>.pt (abababababab)" in CAPTION.text


def test_without_a_caption_it_is_the_widget_alone(widget: QWidget) -> None:
    assert picture(widget, scale=2).size() == QSize(400, 120)


def test_the_clipboard_gets_the_picture(widget: QWidget) -> None:
    copy_picture(widget, 2, CAPTION)
    image = QGuiApplication.clipboard().image()
    assert image.width() == 400
    assert image.pixelColor(40, 60) == QColor("red")


def test_svg_is_drawn_as_the_widget_is(widget: QWidget, tmp_path: Path) -> None:
    path = tmp_path / "shot.svg"
    save_picture(widget, path, caption=CAPTION)
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    box = renderer.viewBoxF()
    assert box.width() == 200
    image = QImage(box.size().toSize(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert image.pixelColor(20, 30) == QColor("red")
    assert image.pixelColor(180, 30) == QColor("blue")
    text = path.read_text(encoding="utf-8")
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert re.search(r"<text[^>]*>[^<]*flights\.csv", text)


def test_pdf_is_one_page_as_large_as_the_widget(widget: QWidget) -> None:
    data = pdf(widget)
    assert data.startswith(b"%PDF")
    box = re.search(rb"/MediaBox \[\s*0 0 ([\d.]+) ([\d.]+)", data)
    assert box is not None
    width, height = (float(number) for number in box.groups())
    assert (width, height) == pytest.approx((150, 45), abs=1)
    assert data.count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("make", [svg, pdf])
def test_both_grow_by_the_caption(widget: QWidget, make: object) -> None:
    assert callable(make)
    assert len(make(widget, CAPTION)) > len(make(widget))


@pytest.mark.parametrize("name", ["a.gif", "a", "a.png.txt"])
def test_other_endings_are_refused(widget: QWidget, tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotSave, match="no format for pictures"):
        save_picture(widget, tmp_path / name)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_folder_that_is_not_there(
    widget: QWidget, tmp_path: Path, ending: str
) -> None:
    with pytest.raises(CannotSave, match="does not exist"):
        save_picture(widget, tmp_path / "no" / f"a.{ending}")


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="root writes everywhere"
)
def test_a_read_only_folder_keeps_the_old_file(widget: QWidget, tmp_path: Path) -> None:
    path = tmp_path / "shot.png"
    path.write_bytes(b"good")
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(CannotSave, match="read-only"):
            picture(widget, path)
    finally:
        tmp_path.chmod(stat.S_IRWXU)
    assert path.read_bytes() == b"good"


@pytest.mark.parametrize(
    ("residual", "difference", "said"),
    [
        (9e-8, 0.0, "certificate holds, residual 9.0e-08"),
        # Nothing was found wrong: the output could not be compared.
        (9e-8, None, "not certified in full, residual 9.0e-08"),
        (0.2, 0.0, "certificate does not hold, residual 2.0e-01"),
    ],
)
def test_a_caption_tells_what_is_wrong_from_what_was_not_measured(
    residual: float, difference: float | None, said: str
) -> None:
    proof = LayerProof(residual, None, 1e-6, 9)
    assert proof_text(Certificate({"l": proof}, difference, 1e-6)) == said
