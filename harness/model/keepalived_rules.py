"""What keepalived accepts without a message, and a virtual router cannot work with: rules over all nodes' files."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from harness.model.file_problem import Problem, Severity, quoted
from harness.model.instance_of import find_instance
from harness.model.keepalived import (
    ADDRESS_OWNER,
    Block,
    Tracked,
    VrrpSettings,
    parse_blocks,
    parse_keepalived,
    tracked,
)
from harness.model.keepalived_messages import PATH
from harness.model.keepalived_text import MAIN, unfilled
from harness.model.topology import Topology
from harness.model.virtual_router import VirtualRouter

_SCRIPT: Final = re.compile(r"script|misc_path|(vrrp_|lvs_)?notify\w*")
"""Keywords that name a program to run: a check, a notify script, the reader of a FIFO."""


class NodeFiles(msgspec.Struct, frozen=True):
    """`files`: path → text, all that the node gets. `executable`: the paths of the executable ones."""

    node: str
    files: Mapping[str, str]
    executable: Collection[str] = ()

    @property
    def main(self) -> str:
        return self.files.get(PATH, "")

    @property
    def included(self) -> dict[str, str]:
        """What an ``include`` may name."""
        return {path: text for path, text in self.files.items() if path != PATH}

    @property
    def document(self) -> Block:
        return parse_blocks(self.main, self.node, self.included)

    def instance(self, topology: Topology, router: VirtualRouter) -> tuple[Block, VrrpSettings] | None:
        """The vrrp_instance of the router; None without one."""
        blocks = list(self.document.all("vrrp_instance"))
        parsed = parse_keepalived(self.main, self.node, self.included)
        chosen = find_instance(topology, router, self.node, parsed)
        return (blocks[parsed.index(chosen)], chosen) if chosen else None

    def problem(self, place: Block | None, severity: Severity, said: str) -> Problem:
        if place is None:
            return Problem(self.node, PATH, 0, severity, said)
        path = PATH if place.file == MAIN else place.file
        return Problem(self.node, path, place.line, severity, said, quoted(self.files.get(path, ""), place.line))


def placeholders(node: NodeFiles) -> list[Problem]:
    """Guides leave ``${STATE}`` to be filled in. keepalived reads it as words and braces, and drops what follows."""
    return [
        node.problem(Block((), (), line.file, line.number), "will not run", f"{name} was never filled in.")
        for line, name in unfilled(node.main, node.node, node.included)
    ]


def router_problems(topology: Topology, router: VirtualRouter, nodes: Sequence[NodeFiles]) -> Iterator[Problem]:
    """`nodes`: those of the router. Raises `UsageError` for what is not read here."""
    instances = {node.node: node.instance(topology, router) for node in nodes}
    for node in nodes:
        found = instances[node.node]
        if found is None:
            yield node.problem(None, "will not run", f"No vrrp_instance has virtual_router_id {router.vrid}.")
            continue
        yield from _scripts(node, node.document)
        yield from _addresses(router, node, *found)
        yield from _dropping(node, *found)
        others = [(other, instances[other.node]) for other in nodes if other is not node]
        rivals = [_checked_node(other, *theirs) for other, theirs in others if theirs]
        own, known = _checked_node(node, *found), [rival for rival in rivals if rival]
        if own and known and len(known) == len(others):
            yield from _weights(own, known)


def _scripts(node: NodeFiles, block: Block) -> Iterator[Problem]:
    """`keepalived -t` does not report a script that is not executable; its check then fails for ever."""
    for line in block.body:
        path = line.argument.partition(" ")[0]
        if _SCRIPT.fullmatch(line.words[0]) and path in node.files and path not in node.executable:
            said = f"{path} is not executable, so keepalived cannot run it: chmod +x its file."
            yield node.problem(line, "lost", said)
        yield from _scripts(node, line)


def _addresses(router: VirtualRouter, node: NodeFiles, block: Block, settings: VrrpSettings) -> Iterator[Problem]:
    for vip in router.vips:
        if vip.address not in settings.vips:
            listed = ", ".join(settings.vips) or "none"
            place = block.find("virtual_ipaddress") or block
            said = f"vrrp_instance {settings.instance} does not have the VIP {vip.address}; it has: {listed}."
            yield node.problem(place, "will not run", said)


def _dropping(node: NodeFiles, block: Block, settings: VrrpSettings) -> Iterator[Problem]:
    """keepalived then drops what is sent to the VIP: vrrp_complete_instance(); RFC 5798 section 6.1, Accept_Mode.

    ``accept`` lifts it, in VRRPv3 only. The owner of an address (priority 255) always accepts.
    """
    if settings.priority == ADDRESS_OWNER or (settings.version == 3 and block.find("accept")):
        return
    everywhere = [line for found in node.document.all("global_defs") for line in found.all("vrrp_strict")]
    strict = block.find("strict_mode")
    by_default = everywhere[-1] if everywhere and strict is None else None
    switched_on = strict if block.flag("strict_mode", default=False) else by_default
    if place := block.find("no_accept") or switched_on:
        said = f"{place.words[0]}: keepalived drops what is sent to the VIP, so no customer is served."
        yield node.problem(place, "will not run", said)


class _CheckedNode(msgspec.Struct, frozen=True):
    """A node with the checks that its instance tracks."""

    node: NodeFiles
    settings: VrrpSettings
    checks: tuple[Tracked, ...]

    def priority(self, failed: Collection[Tracked] = ()) -> int:
        """With what the checks add while these fail and the others succeed."""
        weight = sum(check.adds(failed=check in failed) for check in self.checks)
        return replace(self.settings, weight=weight).effective_priority

    def loses(self, other: "_CheckedNode", failed: Collection[Tracked]) -> bool:
        """A backup takes an advert of its own priority as a master's: RFC 9568 section 6.4.2."""
        below = self.priority(failed) < other.priority() and other.settings.preempt
        return below or any(check.weight == 0 for check in failed)


def _weights(own: _CheckedNode, others: Sequence[_CheckedNode]) -> Iterator[Problem]:
    """Each check that fails alone must move the VIP away from the node that has it while all succeed."""
    rival = max(others, key=lambda other: other.priority())  # the node that would take it
    stay = [check for check in own.checks if not own.loses(rival, [check])]
    severity: Severity = "lost" if len(stay) == len(own.checks) else "harmless"
    never = "alone cannot" if own.loses(rival, own.checks) else "can never"
    for check in stay if own.priority() > rival.priority() else ():
        said = f"The check {check.name} {never} move the VIP: {_stays(own, rival, check)}."
        yield own.node.problem(check.place, severity, said)


def _stays(own: _CheckedNode, rival: _CheckedNode, check: Tracked) -> str:
    left, theirs = own.priority([check]), rival.priority()
    if left < theirs:
        return "it only lowers the priority, and the peer has nopreempt"
    return f"failed, {own.node.node} still has priority {left}, its peer {theirs}"


def _checked_node(node: NodeFiles, block: Block, settings: VrrpSettings) -> _CheckedNode | None:
    """None where weights come from elsewhere too, or count for nothing: an address owner's (priority 255)."""
    others = [line for track in block.all("track_interface") for line in track.body if "weight" in line.words]
    if settings.priority == ADDRESS_OWNER or others or block.find("track_process", "track_file", "track_bfd"):
        return None
    return _CheckedNode(node, settings, tuple(tracked(node.document, block)))
