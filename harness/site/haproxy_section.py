"""A section of a haproxy.cfg, with the lines that it inherits. HAProxy's configuration manual, 4."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from harness.site.haproxy_text import HaproxyLine

KINDS: Final = (
    "global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "mailers", "cache", "ring",
    "program", "http-errors", "fcgi-app", "log-forward", "crt-store", "log-profile", "traces",
)  # fmt: skip
_PROXIES: Final = ("frontend", "backend", "listen")


class HaproxySection(NamedTuple):
    """`kind`: global, defaults, frontend, backend, listen …; `head`: its first line.

    `inherited`: the lines of its ``defaults``, which stand before its own.
    """

    kind: str
    name: str
    head: HaproxyLine
    lines: tuple[HaproxyLine, ...]
    inherited: tuple[HaproxyLine, ...] = ()

    def all(self, *words: str) -> Iterator[HaproxyLine]:
        """Its own lines that begin with `words`."""
        return (line for line in self.lines if line.begins(*words))

    def last(self, *words: str) -> HaproxyLine | None:
        """The last line that begins with `words`, else the last inherited one: the later line counts."""
        both = (*self.inherited, *self.lines)
        return next((line for line in reversed(both) if line.begins(*words)), None)

    def option(self, name: str) -> HaproxyLine | None:
        """``option NAME``, unless ``no option NAME`` follows."""
        both = (*self.inherited, *self.lines)
        found = [line for line in both if line.begins("option", name) or line.begins("no", "option", name)]
        return found[-1] if found and found[-1].begins("option") else None

    @property
    def disabled(self) -> bool:
        """``disabled``, unless ``enabled`` follows: it listens at nothing, and serves nothing."""
        both = (line for line in (*self.inherited, *self.lines) if line.words in (("disabled",), ("enabled",)))
        return next(reversed([line.words[0] for line in both]), "") == "disabled"

    @property
    def http(self) -> bool:
        """``mode http``. HAProxy's default is tcp."""
        mode = self.last("mode")
        return mode is not None and mode.word(1) == "http"


def sections(lines: Iterable[HaproxyLine]) -> Iterator[HaproxySection]:
    """In order. A proxy inherits from the ``defaults`` that its ``from`` names, else from the last one before it."""
    latest: tuple[HaproxyLine, ...] = ()
    named: dict[str, tuple[HaproxyLine, ...]] = {}
    for head, own in _grouped(lines):
        kind, name = head.words[0], "" if head.word(1) == "from" else head.word(1)
        parent = named.get(head.after("from"))
        if kind == "defaults":
            latest = named[name] = (*(parent or ()), *own)
        inherited = (latest if parent is None else parent) if kind in _PROXIES else parent or ()
        yield HaproxySection(kind, name, head, own, inherited)


def _grouped(lines: Iterable[HaproxyLine]) -> Iterator[tuple[HaproxyLine, tuple[HaproxyLine, ...]]]:
    """(head, its lines). What stands before the first head belongs to no section: HAProxy refuses it."""
    head: HaproxyLine | None = None
    own: list[HaproxyLine] = []
    for line in lines:
        if line.words[0] not in KINDS:
            own.append(line)
            continue
        if head:
            yield head, tuple(own)
        head, own = line, []
    if head:
        yield head, tuple(own)
