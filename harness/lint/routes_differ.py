"""A route or a rule that moves with the address on one node only."""

from collections.abc import Iterator

from harness.lint._lines import once
from harness.lint._pair import Member, Pair, Router
from harness.lint._rule import Found, rule

_LISTS = ("virtual_routes", "virtual_rules")


@rule(
    "warning",
    outage="After a takeover servers or customers behind that route are out of reach.",
    experiment="power_cut",
)
def routes_differ(pair: Pair) -> Iterator[Found]:
    """keepalived sets virtual_routes and virtual_rules while the node is master. One that only one node has is missing
    after a takeover. Compared are destinations; gateways, cards and sources may differ. A warning: the other node may
    have the route by other means. Source: keepalived.conf(5), virtual_routes."""
    yield from once(found for router in pair.routers for found in _differences(router))


def _differences(router: Router) -> Iterator[Found]:
    for keyword in _LISTS:
        every = [(member, _destinations(member, keyword)) for member in router.members]
        for member, own in every:
            for other, theirs in every:
                if other.node is not member.node and (missing := [each for each in own if each not in theirs]):
                    yield _found(member, other, keyword, missing)


def _destinations(member: Member, keyword: str) -> list[str]:
    """Of ``[src ADDRESS] [to] DESTINATION via …``; of a rule all of its selectors."""
    lists = member.block.all(keyword) if member.block else ()
    return [_destination(line.words, whole=keyword == "virtual_rules") for each in lists for line in each.body]


def _destination(words: tuple[str, ...], *, whole: bool) -> str:
    if whole:
        return " ".join(words)
    if "to" in words[:-1]:
        return words[words.index("to") + 1]
    return words[2] if words[0] == "src" and len(words) > 2 else words[0]


def _found(having: Member, lacking: Member, keyword: str, missing: list[str]) -> Found:
    return Found(
        lacking.line(keyword),
        f"{having.instance.name} of {having.node.name} sets {', '.join(missing)} in {keyword} while it is master, and "
        f"{lacking.node.name} does not: after a takeover that is missing.",
        f"the same {keyword} on all nodes",
    )
