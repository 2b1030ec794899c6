"""What is wished of a film, as one value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from lstm_studio.export.film import MOST_FPS
from lstm_studio.export.vector import DPI, MM
from lstm_studio.shell.wish import Wish

WIDTHS: Final = (320, 3840)
"""Pixels that a film is wide, at least and at most."""


@dataclass(frozen=True, slots=True)
class FilmWish:
    """A film: the cursor goes over a span of steps, and each frame is a picture.

    Attributes
    ----------
    steps
        First and last+1.
    every
        Steps from one frame to the next.
    width, height
        Pixels; 0 makes it as high as the panels would like to be.
    """

    panels: tuple[str, ...] = ("heatmaps",)
    form: str = "gif"
    light: bool = True
    steps: tuple[int, int] = (0, 1)
    every: int = 1
    fps: int = 10
    width: int = 800
    height: int = 0
    caption: bool = True

    @property
    def frames(self) -> range:
        """The step of each frame."""
        return range(*self.steps, self.every)

    @property
    def picture(self) -> Wish:
        """What each frame is."""
        return Wish(
            panels=self.panels,
            light=self.light,
            width_mm=self.width / DPI * MM,
            height_mm=self.height / DPI * MM,
            dpi=DPI,
            caption=self.caption,
        )

    @property
    def kept(self) -> Mapping[str, object]:
        """The wish as it is remembered: the steps are those of one recording."""
        return {name: each for name, each in asdict(self).items() if name != "steps"}


def film_wish_of(kept: Mapping[str, Any]) -> FilmWish:
    """Return a wish that was remembered; what does not fit is left as it is."""
    usual: dict[str, Any] = asdict(FilmWish())
    for name, value in kept.items():
        if name == "panels" and isinstance(value, list):
            usual[name] = tuple(map(str, value))
        elif name != "steps" and type(value) is type(usual.get(name)):
            usual[name] = value
    wish = FilmWish(**usual)
    form = wish.form if f".{wish.form}" in MOST_FPS else "gif"
    return replace(
        wish,
        panels=wish.panels or ("heatmaps",),
        form=form,
        every=max(wish.every, 1),
        fps=min(max(wish.fps, 1), MOST_FPS[f".{form}"]),
        width=min(max(wish.width, WIDTHS[0]), WIDTHS[1]),
        height=wish.height if 0 <= wish.height <= WIDTHS[1] else 0,
    )
