"""Figures in every form, read by programs that are not ours, and as in the window."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication

from lstm_studio.core.view import Pin
from lstm_studio.export.caption import Caption
from lstm_studio.export.picture import picture, save_picture
from lstm_studio.panels import PANELS
from lstm_studio.panels.gates import GatesPanel
from lstm_studio.panels.heatmaps import HeatMapsPanel
from lstm_studio.session.session import Session
from lstm_studio.shell.composer import TYPED
from lstm_studio.shell.figure import Figure, draw_whole, panel_of
from lstm_studio.shell.schemes import SCHEMES
from lstm_studio.shell.theme import Theme
from lstm_studio.shell.wish import Wish
from tests.export.readers import drawn_by_resvg, drawn_pdf, drawn_svg, pixels, run
from tests.panels.recorded import make_recording, make_session

FAR = 48
"""Steps of a colour channel that are seen; edges of letters differ by more."""
MOST = 0.06
"""Share of pixels that may be off: the edges of letters and of lines."""
FORMS = ("png", "svg", "pdf")
READERS = (*FORMS, "resvg")
"""Of an SVG there are two readers."""


@pytest.fixture
def session(qapp: QApplication, tmp_path: Path) -> Iterator[Session]:
    look = qapp.styleSheet(), qapp.palette(), qapp.font()
    theme = Theme(qapp, "dark")
    session = make_session(tmp_path, make_recording(gain=4, units=8))
    session.look(layer="rnn.l1", unit=3, step=47, pins=(Pin("rnn.l0", "c", 1),))
    yield session
    session.close()
    theme.setParent(None)
    qapp.setStyleSheet(look[0])
    qapp.setPalette(look[1])
    qapp.setFont(look[2])


@pytest.fixture
def figure(session: Session, request: pytest.FixtureRequest) -> Iterator[Figure]:
    """Return three panels, drawn and laid out as on paper."""
    kinds = [panel_of(PANELS, name) for name in ("heatmaps", "gates", "trajectories")]
    figure = Figure(session, kinds, getattr(request, "param", "light"))
    fit(figure, Wish())
    yield figure
    figure.end()


def fit(figure: Figure, wish: Wish) -> float:
    before: tuple[object, ...] = ()
    scale = 1.0
    while before != figure.laid:
        before = figure.laid
        draw_whole(figure)
        scale = figure.fit(wish, figure.caption if wish.caption else None)
    return scale


def saved(figure: Figure, path: Path, scale: float = 2) -> np.ndarray:
    reader, path = path.suffix, path.with_suffix(path.suffix.replace("resvg", "svg"))
    save_picture(figure, path, scale, figure.caption)
    width = round(figure.width() * scale)
    match reader:
        case ".svg":
            return drawn_svg(path, width)
        case ".resvg":
            return drawn_by_resvg(path, width)
        case ".pdf":
            return drawn_pdf(path, width)
    return pixels(path)


def seen(figure: Figure) -> np.ndarray:
    """Return the figure as the screen would show it, twice as large, no smoothing."""
    image = picture(figure, None, 1, figure.caption)
    assert image.save("seen.png")
    return pixels(Path("seen.png")).repeat(2, axis=0).repeat(2, axis=1)


@pytest.mark.parametrize("figure", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("form", READERS)
def test_a_file_shows_what_the_window_does(
    figure: Figure, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    got, want = saved(figure, tmp_path / f"figure.{form}"), seen(figure)
    assert abs(len(got) - len(want)) <= 2
    height = min(len(got), len(want))
    off = np.abs(got[:height] - want[:height]).max(axis=2) > FAR
    # Letters and lines are smoothed at another size.
    assert off.mean() < MOST
    maps = figure.findChild(HeatMapsPanel)
    plot = maps.rows["rnn.l0"].plot
    corner = plot.mapTo(figure, plot.area.topLeft().toPoint())
    for unit in range(8):
        for step in range(5, 120, 10):
            x = round(2 * (corner.x() + plot.to_x(step + 0.5)))
            y = round(2 * (corner.y() + plot.to_y(unit + 0.5)))
            assert np.abs(got[y, x] - want[y, x]).max() <= 2, (unit, step)


def heat_area(figure: Figure) -> tuple[slice, slice]:
    """Return where the cells of the first heat map are, in a picture of twice."""
    maps = figure.findChild(HeatMapsPanel)
    row = maps.rows["rnn.l0"]
    corner = row.plot.mapTo(figure, row.plot.area.topLeft().toPoint())
    width, height = row.plot.area.width(), row.plot.area.height()
    # Inside of the marks at the edges.
    return (
        slice(2 * corner.y() + 16, round(2 * (corner.y() + height)) - 16),
        slice(2 * corner.x() + 24, round(2 * (corner.x() + width)) - 4),
    )


@pytest.mark.parametrize("form", READERS)
def test_cells_of_heat_maps_have_edges(
    figure: Figure, tmp_path: Path, form: str
) -> None:
    part = saved(figure, tmp_path / f"figure.{form}", 4)
    rows, columns = heat_area(figure)
    column = part[2 * rows.start : 2 * rows.stop, 2 * columns.start + 100]
    # From one unit to the next there is one step of colour, not a slope.
    steps = np.abs(np.diff(column, axis=0)).max(axis=1) > 0
    runs = np.flatnonzero(np.diff(np.flatnonzero(steps)) <= 2)
    assert steps.sum() <= 3 * 8
    assert len(runs) <= 8


@pytest.mark.parametrize("form", FORMS)
def test_lines_grow_with_the_picture(figure: Figure, tmp_path: Path, form: str) -> None:
    gates = figure.findChild(GatesPanel)
    part = saved(figure, tmp_path / f"figure.{form}", 4)
    corner = gates.plot.mapTo(figure, gates.plot.area.topLeft().toPoint())
    top, left = 4 * corner.y(), 4 * corner.x()
    area = gates.plot.area
    plot = part[
        top : top + round(4 * area.height()), left : left + round(4 * area.width())
    ]
    colour = np.array(gates.colours.stream("i").getRgb()[:3])
    near = np.abs(plot - colour).max(axis=2) < 40
    # A line of a pixel is four pixels high; a hairline would be one.
    heights = near.sum(axis=0)
    assert np.median(heights[heights > 0]) >= 3
    assert (heights > 0).mean() > 0.5


def test_letters_are_letters(figure: Figure, tmp_path: Path) -> None:
    path = tmp_path / "figure.svg"
    save_picture(figure, path, 2, figure.caption)
    text = path.read_text(encoding="utf-8")
    assert re.search(r"<text[^>]*>rnn\.l0<", text)
    assert re.search(r"<text[^>]*>Trajectories<", text)
    # Two heat maps and their keys; nothing else is made of pixels.
    assert text.count("<image") == 4
    assert 'font-family="Sans Serif"' not in text
    names = re.findall(r'clipPath id="([^"]+)"', text)
    assert len(names) == len(set(names))
    path = tmp_path / "figure.pdf"
    save_picture(figure, path, 2, figure.caption)
    words = run("pdftotext", "-layout", path, "-")
    for word in ("rnn.l0", "Trajectories", "Gates", "LSTM Studio"):
        assert word in words
    assert re.search(r"TrueType\s.*\byes", run("pdffonts", path))
    assert "jpeg" not in run("pdfimages", "-list", path)


def test_it_is_as_large_on_paper_as_is_wished(session: Session, tmp_path: Path) -> None:
    figure = Figure(session, [panel_of(PANELS, "heatmaps")], "light")
    wish = Wish(width_mm=120, height_mm=90, dpi=300)
    scale = fit(figure, wish)
    for form in FORMS:
        save_picture(figure, tmp_path / f"f.{form}", scale, figure.caption, wish.dpi)
    image = pixels(tmp_path / "f.png")
    assert image.shape[1] == pytest.approx(120 / 25.4 * 300, abs=3)
    assert image.shape[0] == pytest.approx(90 / 25.4 * 300, abs=4)
    size = re.search(
        r"Page size:\s+([\d.]+) x ([\d.]+)", run("pdfinfo", tmp_path / "f.pdf")
    )
    assert size is not None
    assert [float(n) for n in size.groups()] == pytest.approx(
        [120 / 25.4 * 72, 90 / 25.4 * 72], abs=2
    )
    head = (tmp_path / "f.svg").read_text(encoding="utf-8")[:400]
    found = re.search(r'width="([\d.]+)mm" height="([\d.]+)mm"', head)
    assert found is not None
    assert [float(n) for n in found.groups()] == pytest.approx([120, 90], abs=0.7)
    figure.end()


def test_what_does_not_fit_is_made_smaller_as_a_whole(session: Session) -> None:
    figure = Figure(session, [panel_of(PANELS, "heatmaps")], "light")
    wish = Wish(width_mm=40, height_mm=30, dpi=300, caption=False)
    scale = fit(figure, wish)
    least = figure.layout().minimumSize()
    assert figure.width() >= least.width()
    assert figure.height() >= least.height()
    assert figure.width() * scale == pytest.approx(40 / 25.4 * 300, abs=2)
    figure.end()


def test_nothing_is_out_of_sight(session: Session) -> None:
    kinds = [panel for panel in PANELS if panel.id not in TYPED]
    figure = Figure(session, kinds, "light")
    fit(figure, Wish(width_mm=60))
    hidden = {
        (bar.maximum(), type(area).__name__)
        for area in figure.findChildren(QAbstractScrollArea)
        for bar in (area.horizontalScrollBar(), area.verticalScrollBar())
        if area.isVisible() and bar.maximum() > 4
    }
    figure.end()
    assert not hidden


def test_more_pixels_tell_more_steps_apart(tmp_path: Path, session: Session) -> None:
    figure = Figure(session, [HeatMapsPanel], "light")
    wish = Wish(width_mm=30, dpi=96)
    fit(figure, wish)
    coarse = figure.panels[0].thinning
    assert "States" in figure.caption.text or not coarse
    fit(figure, replace(wish, dpi=600))
    fine = figure.panels[0].thinning
    assert coarse != fine or not coarse
    figure.end()


def test_a_light_figure_has_nothing_dark_in_a_dark_window(session: Session) -> None:
    kinds = [panel for panel in PANELS if panel.id not in TYPED]
    figure = Figure(session, kinds, "light")
    fit(figure, Wish())
    for panel in figure.panels:
        image = picture(panel, None, 1)
        assert image.pixelColor(1, 1).name() == SCHEMES["light"].base, panel.id
        assert panel.colours.background.name() == SCHEMES["light"].base
    figure.end()


def test_a_caption_says_how_it_is_thinned() -> None:
    caption = Caption(make_recording().origin, where={"shown": "States 4:1 (peak)"})
    assert "shown States 4:1 (peak)" in caption.text
