"""What is wished of a picture, as one value, and how large that makes it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from lstm_studio.export.vector import DPI, MM

FORMS: Final = ("png", "svg", "pdf")
FIGURE_MM: Final = 180.0
"""As wide as the text of a page, or two columns of a journal."""
LARGEST_MM: Final = 2000.0
LEAST_MM: Final = 20.0
LEAST_DPI: Final = 36
MOST_DPI: Final = 8 * DPI


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture, as the dialog and the command line ask for it.

    Attributes
    ----------
    panels
        Names of panels, in the order in which they stand; none means the window.
    light
        Light for print; else as on screen.
    width_mm, height_mm
        0 leaves it open: the window as large as it is, a figure as high as its
        panels would like to be.
    dpi
        Of a picture of pixels.
    each_layer
        Whether there is a file for each layer.
    """

    panels: tuple[str, ...] = ()
    form: str = "png"
    light: bool = True
    width_mm: float = 0.0
    height_mm: float = 0.0
    dpi: int = 2 * DPI
    caption: bool = True
    each_layer: bool = False

    @property
    def kept(self) -> Mapping[str, object]:
        """The wish as it is remembered."""
        return asdict(self)


def wish_of(kept: Mapping[str, Any]) -> Wish:
    """Return a wish that was remembered; what does not fit is left as it is."""
    usual: dict[str, Any] = asdict(Wish())
    for name, value in kept.items():
        match usual.get(name), value:
            case tuple(), list():
                usual[name] = tuple(map(str, value))
            case float(), int() | float():
                usual[name] = float(value) if 0 <= value <= LARGEST_MM else 0.0
            case before, _ if type(value) is type(before):
                usual[name] = value
    wish = Wish(**usual)
    return replace(
        wish,
        form=wish.form if wish.form in FORMS else "png",
        dpi=min(max(wish.dpi, LEAST_DPI), MOST_DPI),
    )


@dataclass(frozen=True, slots=True)
class Laid:
    """How a picture is laid out: pixels of its widget, and of the picture for each.

    Attributes
    ----------
    width, height
        Pixels of the widget; of a figure without its caption.
    scale
        Pixels of the picture for each, at ``dpi``.
    """

    width: int
    height: int
    scale: float


def lay_out(
    wish: Wish, natural: tuple[int, int], least: tuple[int, int], below: int
) -> Laid:
    """Return the layout of a figure on the paper that is wished.

    Letters are as large on paper as on a screen. Where the panels would not fit then,
    they are laid out larger, and the whole is made smaller.

    Parameters
    ----------
    natural
        Width and height that the panels would like to have.
    least
        Width and height below which they would be cut.
    below
        Height of the caption.
    """
    width = (wish.width_mm or natural[0] / DPI * MM) / MM * DPI
    height = wish.height_mm / MM * DPI
    larger = max(1.0, least[0] / width)
    if height:
        larger = max(larger, (least[1] + below) / height)
        tall = round(height * larger) - below
    else:
        tall = max(natural[1], least[1])
    return Laid(round(width * larger), tall, wish.dpi / DPI / larger)


def layer_files(path: Path, layers: Iterable[str]) -> dict[str, Path]:
    """Return the file of each layer, whose name goes before the ending."""
    return {name: path.with_stem(f"{path.stem}-{_file_name(name)}") for name in layers}


def _file_name(layer: str) -> str:
    """Return the name of a layer with nothing in it that a disk does not take."""
    return "".join(c if c.isalnum() or c in "._- " else "_" for c in layer) or "model"
