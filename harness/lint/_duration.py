"""How long a shell text takes at least, whatever it finds: by the words ``sleep`` and ``ping -c``."""

import re
from collections.abc import Iterator
from typing import Final

_PIECES: Final = re.compile(r"[\n;]")
_BRANCH: Final = re.compile(r"&&|\|\||(?<![&>])&(?![&>\d])")
_BEHIND: Final = re.compile(r"^[^&|]*(?<![&>])&(?![&>\d])")  # it runs while the check goes on
_CONDITION: Final = re.compile(r"^\s*(?:if|elif)\s+(?:!\s+)?")
_ENDS: Final = re.compile(
    r"^\s*(?:(?:for|while|until|case|function|then|else|fi|do|done|exit|return|exec|trap|break)(?![\w=-])"
    r"|[({})]|\w+\s*\(\))"
)
_GOES_ON: Final = re.compile(r"\s*(?:\w+=[^\s$`(]*|(?:echo|logger|printf)\b[^$`]*|true|:)\s*")
"""What may be run or not: the text goes on behind it."""
_SLEEP: Final = re.compile(r"(?:^|\s-l?c\s+['\"]?)\s*(?:/usr)?(?:/bin/)?sleep\s+(\d+(?:\.\d+)?)([sm])?\s*$")
_PING: Final = re.compile(r"(?:^|[\s/(`])ping6?\s(?=[^|;]*\s?-\w*c\s*(\d+))[^|;]*")
_INTERVAL: Final = re.compile(r"\s-i\s*(\d*\.?\d+)")
_LIMITED: Final = re.compile(r"\btimeout\s|\s-w\s*\d|\s-\w*f\b|\s-\w*A\b")
"""Another limit, or no pause between the pings."""


def at_least_s(text: str) -> float:
    return sum(_counted(text))


def _counted(text: str) -> Iterator[float]:
    """Of each piece up to the first that may not be run; of a condition its first command."""
    for piece in _PIECES.split(text):
        if _ENDS.match(piece):
            return
        first = _BRANCH.split(_CONDITION.sub("", piece))[0]
        if not _BEHIND.search(piece):
            yield _sleeps(first) + _pings(first)
        if _CONDITION.match(piece) or not all(map(_GOES_ON.fullmatch, _BRANCH.split(piece)[1:])):
            return


def _sleeps(piece: str) -> float:
    found = _SLEEP.search(piece.strip().rstrip("'\""))
    return float(found[1]) * (60 if found[2] == "m" else 1) if found else 0


def _pings(piece: str) -> float:
    """The first answer comes at once."""
    found = _PING.search(piece)
    if not found or _LIMITED.search(piece):
        return 0
    interval = _INTERVAL.search(found[0])
    return max(0, int(found[1]) - 1) * float(interval[1] if interval else 1)
