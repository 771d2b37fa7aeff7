"""What keepalived accepts without a word, and what a pair cannot work with: rules over both nodes' keepalived.conf."""

from collections.abc import Iterator, Mapping

import msgspec

from harness.model.file_problem import Problem, Severity, quoted
from harness.model.keepalived import Block, VrrpSettings, parse_blocks, parse_keepalived
from harness.model.keepalived_messages import PATH
from harness.model.keepalived_text import MAIN, unfilled
from harness.model.topology import Pair


class NodeFiles(msgspec.Struct, frozen=True):
    """`files`: path → text, all that the node gets."""

    node: str
    files: Mapping[str, str]

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

    def instance(self, pair: Pair) -> tuple[Block, VrrpSettings] | None:
        """The vrrp_instance of the pair, by its VRID; None without one."""
        blocks = self.document.all("vrrp_instance")
        parsed = parse_keepalived(self.main, self.node, self.included)
        return next((found for found in zip(blocks, parsed, strict=True) if found[1].vrid == pair.vrid), None)

    def problem(self, place: Block | None, severity: Severity, said: str) -> Problem:
        if place is None:
            return Problem(self.node, PATH, 0, severity, said)
        path = PATH if place.file == MAIN else place.file
        return Problem(self.node, path, place.line, severity, said, quoted(self.files.get(path, ""), place.line))


def placeholders(node: NodeFiles) -> list[Problem]:
    """Guides leave ``${STATE}`` to be filled in. keepalived reads it as words and braces, and loses what follows."""
    return [
        node.problem(Block((), (), line.file, line.number), "will not run", f"{name} was never filled in.")
        for line, name in unfilled(node.main, node.node, node.included)
    ]


def pair_problems(pair: Pair, nodes: tuple[NodeFiles, NodeFiles]) -> Iterator[Problem]:
    """Raises `UsageError` for what is not read here."""
    for node, peer in (nodes, nodes[::-1]):
        found, other = node.instance(pair), peer.instance(pair)
        if found is None:
            yield node.problem(None, "will not run", f"No vrrp_instance has virtual_router_id {pair.vrid}.")
            continue
        yield from _address(pair, node, *found)
        yield from _dropping(node, *found)
        if other is not None:
            yield from _weights(node, found, other[1])


def _address(pair: Pair, node: NodeFiles, block: Block, settings: VrrpSettings) -> Iterator[Problem]:
    if pair.vip not in settings.vips:
        listed = ", ".join(settings.vips) or "none"
        place = block.find("virtual_ipaddress") or block
        said = f"{settings.instance} has not got the address {pair.vip}, which customers ask; it has: {listed}."
        yield node.problem(place, "will not run", said)


def _dropping(node: NodeFiles, block: Block, settings: VrrpSettings) -> Iterator[Problem]:
    """keepalived then drops what is sent to the VIP: vrrp_complete_instance(); RFC 5798 section 6.1, Accept_Mode.

    ``accept`` lifts it, in VRRPv3 only. The owner of an address (priority 255) always accepts.
    """
    if settings.priority == 255 or (settings.version == 3 and block.find("accept")):
        return
    everywhere = [line for found in node.document.all("global_defs") for line in found.all("vrrp_strict")]
    strict = block.find("strict_mode")
    by_default = everywhere[-1] if everywhere and strict is None else None
    switched_on = strict if strict is not None and block.flag("strict_mode", default=False) else by_default
    if place := block.find("no_accept") or switched_on:
        said = f"{place.words[0]}: keepalived drops whatever is sent to the VIP, so nobody is served."
        yield node.problem(place, "will not run", said)


def _weights(node: NodeFiles, own: tuple[Block, VrrpSettings], peer: VrrpSettings) -> Iterator[Problem]:
    """A failing check that only takes weight must bring the node below its peer, and the peer must preempt."""
    block, settings = own
    scripts = {script.argument: script for script in node.document.all("vrrp_script")}
    tracked = [(line, _weight(line, scripts)) for track in block.all("track_script") for line in track.body]
    if not tracked or settings.priority <= peer.priority or any(weight == 0 for _, weight in tracked):
        return
    failed = settings.priority + sum(weight for _, weight in tracked if weight < 0)
    rival = peer.priority + sum(weight for _, weight in tracked if weight > 0)
    place = scripts.get(tracked[0][0].words[0])
    place = (place and place.find("weight")) or tracked[0][0]
    if failed >= rival:  # a backup takes an advert of its own priority as a master's: RFC 5798 section 6.4.2
        said = f"This check can never move the VIP: failed, {node.node} still has priority {failed}, its peer {rival}."
        yield node.problem(place, "lost", said)
    elif not peer.preempt:
        said = "This check can never move the VIP: it only lowers the priority, and the peer has nopreempt."
        yield node.problem(place, "lost", said)


def _weight(line: Block, scripts: Mapping[str, Block]) -> int:
    """Of one line of a track_script, ``NAME [weight N]``, else the script's own; 0: it means FAULT."""
    at = line.words.index("weight") if "weight" in line.words else 0
    own = Block((), (Block(line.words[at:]),)) if at else scripts.get(line.words[0], Block(()))
    return int(own.number(0, "weight"))
