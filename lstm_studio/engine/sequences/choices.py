"""What the user chose about a sequence, read from a mapping of plain values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from lstm_studio.core.errors import DoesNotFit

KNOWN: Final = frozenset(
    {
        "read_as",
        # arrays
        "array",
        "axes",
        # features
        "columns",
        "names",
        "center",
        "scale",
        "standardise",
        "figures",
        "rate",
        # samples
        "samples",
        "lengths",
        "sample_column",
        # the state that a run begins in
        "initial",
        "initial_seed",
        # tables
        "delimiter",
        "decimal",
        "header",
        # text
        "vocabulary",
        "split",
        "unknown",
        "replacement",
        # audio
        "channel",
        "window",
        "hop",
        # generated
        "steps",
        "features",
        "seed",
        "period",
        "density",
    }
)

_MOST_WHOLES: Final = 1_000_000

Column = str | int
"""A column by its name or number, or ``name=number`` for the same at every step."""


class Choices:
    """Choices by name; each reader checks what it gets and says what it takes."""

    def __init__(self, chosen: Mapping[str, object]) -> None:
        unknown = sorted(set(chosen) - KNOWN)
        if unknown:
            raise DoesNotFit(
                f"There is no choice {unknown[0]!r} for a sequence.",
                f"Choose among: {', '.join(sorted(KNOWN))}.",
            )
        # An empty field of a form is no choice.
        self._chosen = {
            name: value for name, value in chosen.items() if value not in (None, "")
        }

    @property
    def names(self) -> frozenset[str]:
        """Names of what was chosen."""
        return frozenset(self._chosen)

    def text(self, name: str, default: str, options: Iterable[str] = ()) -> str:
        """Return a text, one of ``options`` where there are any."""
        value = self._chosen.get(name, default)
        offered = tuple(options)
        if not isinstance(value, str) or (offered and value not in (*offered, default)):
            listed = " or ".join(repr(option) for option in offered) or "a text"
            raise DoesNotFit(f"The choice {name} is {value!r}.", f"Choose {listed}.")
        return value

    def says(self, name: str, value: str) -> bool:
        """Return whether this text was chosen."""
        return self._chosen.get(name) == value

    def flag(self, name: str) -> bool | None:
        """Return yes or no, None where nothing was chosen."""
        value = self._chosen.get(name)
        if value is None or isinstance(value, bool):
            return value
        return self.text(name, "", ("yes", "no")) == "yes"

    def count(self, name: str, default: int | None, least: int = 1) -> int | None:
        """Return a whole number of at least ``least``."""
        value = self._chosen.get(name, default)
        if value is None:
            return None
        number = _number(value)
        if number is None or number != int(number) or number < least:
            raise DoesNotFit(
                f"The choice {name} is {value!r}.",
                f"Choose a whole number of at least {least}.",
            )
        return int(number)

    def number(self, name: str, default: float | None = None) -> float | None:
        """Return a positive number."""
        value = self._chosen.get(name, default)
        if value is None:
            return None
        number = _number(value)
        if number is None or not 0 < number < float("inf"):
            raise DoesNotFit(
                f"The choice {name} is {value!r}.", "Choose a number above 0."
            )
        return number

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return numbers given as a list, one number, or a text ``1.5, 2``."""
        numbers = [_number(value) for value in self._list(name)]
        if any(number is None for number in numbers):
            raise DoesNotFit(
                f"The choice {name} is {self._chosen[name]!r}.",
                "Choose numbers, separated by commas.",
            )
        return tuple(number for number in numbers if number is not None)

    def value(self, name: str) -> object:
        """Return what was chosen as it is, None where nothing was."""
        return self._chosen.get(name)

    def wholes(self, name: str) -> tuple[int, ...]:
        """Return whole numbers given as a list, or as a text ``0, 2, 5-7``."""
        found: list[int] = []
        for part in self._list(name):
            first, dash, last = str(part).partition("-")
            ends = [end.strip() for end in ((first, last) if dash else (first,))]
            if not all(end.isdecimal() for end in ends):
                raise DoesNotFit(
                    f"The choice {name} is {self._chosen[name]!r}.",
                    "Choose whole numbers, separated by commas: 0, 2, 5-7.",
                )
            low, high = int(ends[0]), int(ends[-1])
            if high - low > _MOST_WHOLES:
                raise DoesNotFit(
                    f"The choice {name} names {high - low + 1} numbers.",
                    f"Choose at most {_MOST_WHOLES}.",
                )
            found.extend(range(low, high + 1))
        return tuple(found)

    def labels(self) -> tuple[str, ...]:
        """Return the names that the features shall have, ``()`` where none."""
        return tuple(str(name) for name in self._list("names"))

    def columns(self) -> tuple[Column, ...]:
        """Return the chosen columns, as a list or as a text ``a, b, c=1.5``."""
        columns = self._list("columns")
        wrong = [column for column in columns if not isinstance(column, str | int)]
        if wrong:
            raise DoesNotFit(
                f"The choice columns holds {wrong[0]!r}.",
                "Choose columns by name or number.",
            )
        return tuple(column for column in columns if isinstance(column, str | int))

    def tokens(self) -> tuple[str, ...] | str:
        """Return the vocabulary as a list, or the path of its file; ``()`` for none."""
        value = self._chosen.get("vocabulary", ())
        if isinstance(value, str):
            return value
        if isinstance(value, Sequence) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise DoesNotFit(
            "The vocabulary is not a list of texts.",
            "Choose a list, or the path of a .json or .txt file.",
        )

    def _list(self, name: str) -> tuple[object, ...]:
        value = self._chosen.get(name, ())
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        if isinstance(value, Sequence):
            return tuple(value)
        return (value,)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
