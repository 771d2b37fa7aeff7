"""The characters of a timeline: for a terminal that has them, and for one that has ASCII only."""

from typing import Final, NamedTuple


class Glyphs(NamedTuple):
    """Of requests: `good` all, `part` some, `bad` none; a blank where none was due."""

    good: str
    part: str
    bad: str
    fault: str
    act: str
    line: str  # one node goes on being the owner
    leads: str  # a cache leads to a node
    more: str  # a text that was cut


UNICODE: Final = Glyphs("█", "▒", "·", "▀", "▲", "─", "→", "…")
ASCII: Final = Glyphs("#", "+", ".", "=", "^", "-", "to", "~")

BOTH, NONE = "B", "0"
"""In a lane of nodes: several at once, no node."""
