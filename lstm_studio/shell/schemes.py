"""The colours of the two themes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scheme:
    """The colours of one theme, from the farthest to the nearest."""

    window: str
    base: str
    raised: str
    button: str
    line: str
    text: str
    faint: str
    disabled: str
    accent: str
    selection: str
    selected_text: str
    alarm: str
    alarm_edge: str
    ticked: str
    arrows: str


SCHEMES: Final[Mapping[str, Scheme]] = {
    "dark": Scheme(
        window="#1a1c20",
        base="#121417",
        raised="#212429",
        button="#2a2e34",
        line="#363b43",
        text="#e4e7eb",
        faint="#9ba3ae",
        disabled="#646c77",
        accent="#58a6ff",
        selection="#285a96",
        selected_text="#ffffff",
        alarm="#3a2226",
        alarm_edge="#e5626b",
        ticked="#2f6db5",
        arrows="dark",
    ),
    "light": Scheme(
        window="#f3f4f6",
        base="#ffffff",
        raised="#eaedf0",
        button="#fbfbfc",
        line="#d0d5dc",
        text="#1c2026",
        faint="#5d6672",
        disabled="#9ea6b1",
        accent="#0b63c5",
        selection="#cfe2fa",
        selected_text="#10233b",
        alarm="#fdebea",
        alarm_edge="#c4323c",
        ticked="#0b63c5",
        arrows="light",
    ),
}
