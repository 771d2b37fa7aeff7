"""A check that asks whether the other node answers, and takes the survivor down with it."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import Check, checks
from harness.lint._commands import text_of
from harness.lint._frontends import own_addresses
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode, Router
from harness.lint._rule import Found, rule

_PING: Final = re.compile(r"^\s*(?:/\S*/)?(?:ping6?|fping|arping)\s([^|&;><]*)")
_QUIET: Final = re.compile(r"\s*(?:(?:\d|&)?>+\s*(?:/dev/null|&\d)\s*)*")
_OR_FAILS: Final = re.compile(r"\|\|\s*(?:exit|return)\s+0*[1-9]\d*\s*;?\s*")
_MAY_GO_ON: Final = re.compile(
    r"&&|!|\b(?:if|elif|while|until|for|case|function|trap)\b|\(\)|\bexit\s+0\b.*\n.*ping", re.DOTALL
)
_LAST: Final = re.compile(r"\s*(?:exit(?:\s+\"?\$\?\"?)?)?\s*")


@rule(
    "error",
    outage="One node dies, and the other one's check fails with it: the address is on none.",
    experiment="power_cut",
)
def check_pings_peer(pair: Pair) -> Iterator[Found]:
    """A check without a weight that fails where `ping` of the other node fails: when that node dies, or the cable
    between them, the survivor goes to FAULT. Keepalived's adverts already tell whether the other node lives; a check
    is for its own node. Found where each node that is left does so, and where the ping alone decides: not if another
    target will do. With a weight the survivor is lowered, and no node is above it. Source: keepalived.conf(5),
    vrrp_script."""
    yield from once(found for router in pair.routers for found in _alone(pair, router))


def _alone(pair: Pair, router: Router) -> Iterator[Found]:
    for dead in {member.node.name: member.node for member in router.members}.values():
        left = [member for member in router.members if member.node is not dead]
        failing = [(member, check) for member in left if (check := _pinging(pair, member, dead))]
        if len(failing) == len(left):
            for member, check in failing:
                yield _found(member, check, dead)


def _pinging(pair: Pair, member: Member, dead: PairNode) -> Check | None:
    faulting = (each for each in checks(member) if each.tracker.faults and not each.tracker.reverse)
    theirs = {dead.name, *own_addresses(dead)} - own_addresses(member.node)
    return next((each for each in faulting if _needs(pair, member.node, each) & theirs), None)


def _found(member: Member, check: Check, dead: PairNode) -> Found:
    return Found(
        check.place,
        f"The check {check.name} of {member.node.name} fails while {dead.name} does not answer: when {dead.name} dies, "
        f"{member.node.name} goes to FAULT, and {member.instance.name} is on no node.",
        "a check of this node alone; if it must look at the network, a ping of the gateway",
    )


def _needs(pair: Pair, node: PairNode, check: Check) -> set[str]:
    """The only target without which the check surely fails."""
    text = told(text_of(node, check.script.command))
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#!")]
    found = [number for number, line in enumerate(lines) if re.search(r"ping6?\b", line)]
    if len(found) != 1 or _MAY_GO_ON.search(text):
        return set()
    asked, rest = _PING.match(lines[found[0]]), lines[found[0] + 1 :]
    return _targets(pair, asked[1]) if asked and _decides(lines[found[0]][asked.end() :], rest) else set()


def _decides(behind: str, rest: list[str]) -> bool:
    behind = behind[_QUIET.match(behind).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    if not behind:
        return all(map(_LAST.fullmatch, rest))
    return _OR_FAILS.fullmatch(behind) is not None


def _targets(pair: Pair, words: str) -> set[str]:
    """`ping` takes one, as its last word; `fping` is content only with all."""
    last = words.split()[-1:]
    return {pair.site.hosts.get(each, each) for each in (word.strip("\"'") for word in last) if "$" not in each}
