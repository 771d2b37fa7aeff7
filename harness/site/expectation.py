"""One ``expect`` of a health check: what it accepts, and an answer that it accepts. HAProxy's manual, 4.2."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from harness.site.haproxy_text import HaproxyLine
from harness.site.matching_text import matching

_WITH_VALUE: Final = (
    "min-recv", "comment", "ok-status", "error-status", "tout-status", "on-success", "on-error", "status-code",
)  # fmt: skip
_USUAL: Final = (200, 204, 301, 302, 401, 403, 404, 429, 500, 503, *range(200, 600))
_COMPUTED: Final = "%["
_PLAIN: Final = ("stand-in\r\n", "ok\r\n", "0\r\n")


class Expectation(NamedTuple):
    """`kind`: status, string, rbinary …; `value`: the words behind it."""

    negative: bool
    kind: str
    value: tuple[str, ...]

    @property
    def computed(self) -> bool:
        return self.kind.endswith("-lf") and _COMPUTED in self.value[0]

    def accepts(self, text: str) -> bool:
        """A body, or the bytes of a tcp-check as Latin-1."""
        return self._finds(text) != self.negative

    def accepts_status(self, status: int) -> bool:
        if self.kind == "rstatus":
            found = re.search(self.value[0], str(status)) is not None
        else:
            found = any(low <= status <= high for low, high in _ranges(self.value[0]))
        return found != self.negative

    def text(self) -> str:
        """What it looks for. Raises `ValueError` if that is not known."""
        if self.computed:
            raise ValueError(f"{self.value[0]!r} is computed when the check runs")
        if self.kind in ("binary", "binary-lf"):
            return bytes.fromhex(self.value[0]).decode("latin-1")
        if self.kind == "rbinary":
            return bytes.fromhex(matching(self.value[0])).decode("latin-1")
        return matching(self.value[0]) if self.kind == "rstring" else self.value[0]

    def header(self) -> tuple[str, str]:
        """Name and value of a header that fits ``hdr`` and ``fhdr``. Raises `ValueError`."""
        name, *rest = _patterns(self.value)
        return name, rest[0] if rest else "stand-in"

    def _finds(self, text: str) -> bool:
        if self.kind == "rstring":
            return re.search(self.value[0], text) is not None
        if self.kind == "rbinary":
            return re.search(self.value[0], text.encode("latin-1").hex(), re.IGNORECASE) is not None
        return self.text() in text


def expectation(line: HaproxyLine) -> Expectation | None:
    """Of ``http-check expect …`` or ``tcp-check expect …``. None if nothing follows."""
    words = list(line.words[2:])
    while len(words) > 1 and words[0] in _WITH_VALUE:
        del words[:2]
    negative = words[:1] == ["!"]
    words = words[1:] if negative else words
    return Expectation(negative, words[0], tuple(words[1:])) if len(words) > 1 else None


def accepted_status(wanted: Iterable[Expectation]) -> int:
    """One that all accept. Raises `ValueError` if there is none, or for an expression that Python does not know."""
    every = list(wanted)
    try:
        found: int | None = next((code for code in _USUAL if all(each.accepts_status(code) for each in every)), None)
    except re.error as error:
        raise ValueError(f"the status {every[0].value[0]!r} is not understood") from error
    if found is None:
        raise ValueError("no status satisfies every expect")
    return found


def accepted_text(wanted: Iterable[Expectation], usual: Iterable[str] = ()) -> str:
    """One of `usual` if all accept it, else one that is made of what they look for. Raises `ValueError`."""
    every = list(wanted)
    looked_for = [each.text() for each in every if not each.negative]
    if not looked_for:
        candidates = [*usual, *_PLAIN]
    else:
        candidates = [*usual, "".join(looked_for), "\r\n".join(looked_for), "\r\n".join([*looked_for, ""])]
    try:
        found = next((text for text in candidates if all(each.accepts(text) for each in every)), None)
    except re.error as error:
        raise ValueError("an expression that is not understood") from error
    if found is None:
        raise ValueError("no text satisfies every expect")
    return found


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    for part in text.split(","):
        low, _, high = part.partition("-")
        yield int(low), int(high or low)


def _patterns(words: tuple[str, ...]) -> Iterator[str]:
    """Of ``name [-m METHOD] NAME value [-m METHOD] VALUE``; what a method but ``reg`` wants is the text itself."""
    method = ""
    rest = iter(words)
    for word in rest:
        if word == "-m":
            method = next(rest, "")
        elif word not in ("name", "name-lf", "value", "value-lf", "full", "-i"):
            yield matching(word) if method == "reg" else word
            method = ""
