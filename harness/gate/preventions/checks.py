"""Changes of what keepalived watches: a check where there is none, without a weight, of the process alone."""

import re
from collections.abc import Iterator
from typing import Final

from harness import lint
from harness.gate.prepare import Prepared
from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.edit import Edit
from harness.gate.preventions.on_nodes import members, on_nodes
from harness.gate.preventions.question import question
from harness.gate.preventions.writing import before, inside, instead
from harness.lint import Member, Pair, PairNode
from harness.model.keepalived import Block

HAPROXY_DEAD: Final = ("haproxy-killed", "haproxy-stopped")
_ALL: Final = (*HAPROXY_DEAD, "haproxy-hung")
_HUNG: Final = ("haproxy-hung",)
_BUSY: Final = ("servers-down", "overload")
_PROCESS: Final = 'script "/usr/bin/pgrep -x haproxy"'
_NAME: Final = "haproxy_runs"
_IDLE: Final = re.compile(r"track_script \{ (.+) \}")
_TRACKER: Final = re.compile(r"no weight in (.+?)(?:, so that|: then)")
_MORE: Final = re.compile(r"or a weight of (-?\d+) and more")


def tracked_check(prepared: Prepared) -> Iterator[Candidate]:
    """A check of the process, where the rule no-check finds none. For a HAProxy that hangs, one that asks.

    Where a check is defined and not tracked, the rule says to track it.
    """
    pair = prepared.pair
    found = {(each.file, each.line): each.instead for each in lint.ALL["no-check"](pair)}
    blind = [(each, found[place]) for each in members(pair) if (place := each.node.at(each.block)) in found]
    of_process = [each for member, said in blind for each in _checked(member, said, _PROCESS)]
    yield from on_nodes("tracked check", HAPROXY_DEAD, of_process)
    if not any(map(_IDLE.fullmatch, found.values())):
        asking = (each for member, said in blind for each in _checked(member, said, _asking(member.node)))
        yield from on_nodes("tracked check that asks", _HUNG, asking)


def _asking(node: PairNode) -> str | None:
    asked = question(node)
    return f'script "{asked}"' if asked else None


def _checked(member: Member, said: str, script: str | None) -> Iterator[tuple[PairNode, Edit | None]]:
    """`said`: what the rule says to write; it names a check that is defined and not tracked, if there is one."""
    node, idle = member.node, _IDLE.fullmatch(said)
    name = idle[1] if idle else _free_name(node)
    if not idle:
        first = next(node.document.all("vrrp_instance", "vrrp_sync_group"), None)
        text = (f"vrrp_script {name} {{", f"    {script}", "    interval 2", "    fall 2", "}", "")
        yield node, before(first, *text) if first and script else None
    block = member.block
    listed = block.find("track_script") if block else None
    word = f'"{name}"' if " " in name else name
    track = (word,) if listed else ("track_script {", f"    {word}", "}")
    yield node, inside(node, listed or block, *track)


def _free_name(node: PairNode) -> str:
    taken = {block.argument for block in node.document.all("vrrp_script")}
    return next(each for each in (_NAME, *(f"{_NAME}_{n}" for n in range(2, len(taken) + 3))) if each not in taken)


def without_weight(prepared: Prepared) -> Iterator[Candidate]:
    """A check whose weight moves nothing: without it, its failure means FAULT."""
    for name in _named(prepared.pair, _TRACKER):
        yield from on_nodes(f"{name} without a weight", _ALL, _weights(prepared.pair, name, ""))


def more_weight(prepared: Prepared) -> Iterator[Candidate]:
    """The same check with the least weight that moves the address."""
    for finding in lint.ALL["check-cannot-move-vip"](prepared.pair):
        name, least = _TRACKER.search(finding.instead), _MORE.search(finding.instead)
        if name and least:
            edits = _weights(prepared.pair, name[1], f"weight {least[1]}")
            yield from on_nodes(f"{name[1]} with weight {least[1]}", _ALL, edits)


def preempting(prepared: Prepared) -> Iterator[Candidate]:
    """A node with nopreempt takes nothing from a living master, however low that is."""
    found = [each for each in lint.ALL["check-cannot-move-vip"](prepared.pair) if "nopreempt" in each.sentence]
    lines = ((each.node, each.block.find("nopreempt")) for each in members(prepared.pair) if each.block and found)
    yield from on_nodes("nopreempt left out", _ALL, ((node, instead(node, line, "")) for node, line in lines if line))


def of_the_process(prepared: Prepared) -> Iterator[Candidate]:
    """A check that asks through HAProxy fails when servers are down or a frontend is full; one of the process not."""
    asking = [(each, check) for each in members(prepared.pair) for check in lint.checks(each) if check.asks]
    for name in dict.fromkeys(check.name for _, check in asking):
        nodes = [(each.node, each.node.block("vrrp_script", name)) for each, check in asking if check.name == name]
        edits = ((node, instead(node, block.find("script") if block else None, _PROCESS)) for node, block in nodes)
        yield from on_nodes(f"{name} asks for the process", _BUSY, edits)


def that_asks(prepared: Prepared) -> Iterator[Candidate]:
    """A check that looks for the process does not see that it hangs."""
    silent = [(each, check) for each in members(prepared.pair) for check in lint.checks(each) if not check.asks]
    for name in dict.fromkeys(check.name for _, check in silent):
        nodes = [(each.node, each.node.block("vrrp_script", name)) for each, check in silent if check.name == name]
        edits = ((node, _instead_asking(node, block)) for node, block in nodes)
        yield from on_nodes(f"{name} asks HAProxy", _HUNG, edits)


def _instead_asking(node: PairNode, block: Block | None) -> Edit | None:
    script = _asking(node)
    return instead(node, block.find("script") if block else None, script) if script else None


def _named(pair: Pair, pattern: re.Pattern[str]) -> list[str]:
    found = (pattern.search(each.instead) for each in lint.ALL["check-cannot-move-vip"](pair))
    return list(dict.fromkeys(each[1] for each in found if each))


def _weights(pair: Pair, name: str, text: str) -> Iterator[tuple[PairNode, Edit | None]]:
    """Every line that gives the check a weight, with `text` instead of it."""
    for node in pair.nodes:
        script = node.block("vrrp_script", name)
        if line := script.find("weight") if script else None:
            yield node, instead(node, line, text)
        for line in _tracking(node, name):
            word = f'"{name}"' if " " in name else name
            yield node, instead(node, line, f"{word} {text}".strip())


def _tracking(node: PairNode, name: str) -> Iterator[Block]:
    for block in node.document.all("vrrp_instance", "vrrp_sync_group"):
        for listed in block.all("track_script"):
            yield from (line for line in listed.body if line.words[0] == name and "weight" in line.words)
