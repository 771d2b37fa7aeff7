"""What an explanation is, as data: sentences, what one would have seen, and what ends it."""

import re
from typing import Final

import msgspec

UNKNOWN: Final = "The history does not show"
"""Each sentence that begins so claims nothing: it says what the history lacks."""

_DARK: Final = "dark"
"""Of a vantage point, in tables: not served until the end."""
_DOWN: Final = re.compile(r"down (\d+)/\1")  # in each of the trials


class Seen(msgspec.Struct, frozen=True):
    """What `asks` would have printed on `device`, `at_s` seconds after the first effect.

    `shows`: lines, made from what the agents recorded; of a log the line itself, if the run kept it.
    """

    device: str
    at_s: float
    asks: str
    shows: str


class Remedy(msgspec.Struct, frozen=True):
    """An act that ends it, or a setting that keeps it from happening (`prevents`).

    `measured`: the cell of a table of `source`, word for word, at `row` and `column`. Empty: none.
    """

    act: str
    command: str
    measured: str
    source: str
    row: str
    column: str
    prevents: bool = False

    @property
    def helps(self) -> bool:
        """Was any vantage point served again by it, or was it not measured? Some acts are listed because people try
        them."""
        return not _DOWN.fullmatch(self.measured) and (_DARK not in self.measured or " s" in self.measured)

    @property
    def said(self) -> str:
        """The cell for one who has not the table, which explains its words and marks."""
        told = re.sub(r"\((\d+)\)(?= †|$)", lambda n: f"({n[1]} trial{'' if n[1] == '1' else 's'})", self.measured)
        told = told.replace(" †", ", as the lab's fault makes certain")
        return told.replace(_DARK, "not served again") or "not measured"


class Explanation(msgspec.Struct, frozen=True):
    """Why a check was violated. `because`: one paragraph, sentence by sentence, in order of time and cause."""

    check: str
    trial: int
    step: str
    finding: str
    because: tuple[str, ...]
    seen: tuple[Seen, ...] = ()
    ends: tuple[Remedy, ...] = ()

    @property
    def paragraph(self) -> str:
        return " ".join(self.because)
