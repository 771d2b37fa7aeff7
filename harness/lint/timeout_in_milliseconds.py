"""A timeout whose unit was forgotten."""

from collections.abc import Iterator
from typing import Final

from harness.lint._finding import Severity
from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_text import HaproxyLine

_SHORT_MS: Final = 100
_JUDGED: Final[dict[str, Severity]] = {
    "client": "error",
    "server": "error",
    "tunnel": "error",
    "http-request": "error",
    "connect": "warning",
    "queue": "warning",
    "check": "warning",
}
"""An error is what customers and servers need for a request; a connection in one room may be open within 50 ms."""

_OF_SERVERS: Final = ("server", "default-server", "server-template")
_INTERVALS: Final = ("inter", "fastinter", "downinter", "agent-inter")


@rule(
    "error", outage="Each request that takes longer fails, with 408 or 504.", experiment="none: it shows at the start"
)
def timeout_in_milliseconds(pair: Pair) -> Iterator[Found]:
    """HAProxy takes a number without a unit as milliseconds (configuration manual, 2.5): `timeout server 30` gives a
    server 30 ms. Found where the number is below 100; what is written with `ms` is meant so. Of a server's checks,
    `inter` and its kin, it is a warning: an answer must come within that time too, so that servers go down and up."""
    yield from once(found for node in pair.nodes for found in (*_short(node), *_checked(node)))


def _short(node: PairNode) -> Iterator[Found]:
    for line in (line for section in node.haproxy.sections for line in section.all("timeout")):
        name, said = line.word(1), line.word(2)
        if name in _JUDGED and said.isdecimal() and 0 < int(said) < _SHORT_MS:
            yield _found(node, line)


def _found(node: PairNode, line: HaproxyLine) -> Found:
    name, said = line.word(1), line.word(2)
    return Found(
        place(node, line),
        f"timeout {name} {said} is {said} ms: HAProxy takes a number without a unit as milliseconds.",
        f"timeout {name} {said}s",
        _JUDGED[name],
    )


def _checked(node: PairNode) -> Iterator[Found]:
    for line in (line for section in node.haproxy.sections for line in section.lines):
        for name in _INTERVALS if line.words[0] in _OF_SERVERS else ():
            said = line.after(name)
            if said.isdecimal() and 0 < int(said) < _SHORT_MS:
                yield Found(
                    place(node, line),
                    f"{name} {said} is {said} ms: HAProxy takes a number without a unit as milliseconds, and asks the "
                    "servers so often.",
                    f"{name} {said}s",
                    "warning",
                )
