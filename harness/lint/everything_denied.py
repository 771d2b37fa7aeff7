"""A frontend that refuses every customer."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, has_conditions, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_condition import HaproxyRequest, holds
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine

_RULES: Final = (("http-request",), ("tcp-request", "connection"), ("tcp-request", "content"))
_REFUSES: Final = ("deny", "tarpit", "reject", "silent-drop")
_GOES_ON: Final = ("allow", "accept", "return", "redirect", "use-service", "auth")
_ANY: Final = HaproxyRequest(None)


@rule("error", outage="Every customer is refused.", experiment="none: it shows at the start")
def everything_denied(pair: Pair) -> Iterator[Found]:
    """`http-request deny` or `tcp-request … reject` without a condition, as after a maintenance, or with one that each
    request meets (`path_beg /`, `src 0.0.0.0/0`, TRUE), where no rule before it lets a request pass (allow, accept, an
    answer of its own). Judged are frontends with servers; where the file has
    ``.if``, nothing is (configuration manual, 4.3)."""
    yield from once(found for node in pair.nodes for found in _closed(node))


def _closed(node: PairNode) -> Iterator[Found]:
    for frontend in customers(node):
        for begins in _RULES:
            if (line := _refusing(frontend, begins)) and not has_conditions(node, line):
                yield Found(
                    place(node, line),
                    f"{frontend.kind} {frontend.name} refuses every request: {_why(line)}.",
                    "a condition that only the requests meet that are to be refused",
                )


def _refusing(frontend: HaproxySection, begins: tuple[str, ...]) -> HaproxyLine | None:
    """The first rule of its kind that ends all, if it refuses."""
    for line in frontend.all(*begins):
        does = line.word(len(begins))
        if does in _GOES_ON:
            return None
        if does in _REFUSES and holds(frontend, line, _ANY):
            return line
    return None


def _why(line: HaproxyLine) -> str:
    conditional = {"if", "unless"} & set(line.words)
    return f"{' '.join(line.words)} has {'a condition that each request meets' if conditional else 'no condition'}"
