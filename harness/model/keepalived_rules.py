"""What keepalived accepts without a word, and what a pair cannot work with: rules over both nodes' keepalived.conf."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import msgspec

from harness.model.file_problem import Problem, Severity, quoted
from harness.model.keepalived import Block, VrrpSettings, parse_blocks, parse_keepalived
from harness.model.keepalived_messages import PATH
from harness.model.keepalived_text import MAIN, unfilled
from harness.model.topology import Pair

_SCRIPT: Final = re.compile(r"script|misc_path|(vrrp_|lvs_)?notify\w*")
"""What names a program to run: of a check, of a state that was reached, of a FIFO's reader."""


class NodeFiles(msgspec.Struct, frozen=True):
    """`files`: path → text, all that the node gets. `executable`: the paths of those that are."""

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
        yield from _scripts(node, node.document)
        yield from _address(pair, node, *found)
        yield from _dropping(node, *found)
        own, rival = _weighed(node, *found), _weighed(peer, *other) if other else None
        if own and rival:
            yield from _weights(own, rival)


def _scripts(node: NodeFiles, block: Block) -> Iterator[Problem]:
    """`keepalived -t` says nothing of a script that nobody may execute; the check then fails for good."""
    for line in block.body:
        path = line.argument.partition(" ")[0]
        if _SCRIPT.fullmatch(line.words[0]) and path in node.files and path not in node.executable:
            said = f"{path} is not executable, so keepalived cannot run it: chmod +x its file."
            yield node.problem(line, "lost", said)
        yield from _scripts(node, line)


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


class _Check(msgspec.Struct, frozen=True):
    """A line of a track_script. `place`: where its weight is written. `weight` 0: its failure means FAULT."""

    name: str
    place: Block
    weight: int


class _Weighed(msgspec.Struct, frozen=True):
    """A node with the checks that its instance tracks."""

    node: NodeFiles
    settings: VrrpSettings
    checks: tuple[_Check, ...]

    def priority(self, failed: Collection[_Check] = ()) -> int:
        """A weight above 0 counts while its check succeeds, one below 0 while it fails: keepalived.conf(5).

        Whatever the weights add up to, keepalived stays within 1 and 254: vrrp_set_effective_priority().
        """
        counts = (check.weight for check in self.checks if (check.weight > 0) is (check not in failed))
        return max(1, min(254, self.settings.priority + sum(counts)))

    def loses(self, peer: "_Weighed", failed: Collection[_Check]) -> bool:
        """A backup takes an advert of its own priority as a master's: RFC 5798 section 6.4.2."""
        below = self.priority(failed) < peer.priority() and peer.settings.preempt
        return below or any(check.weight == 0 for check in failed)


def _weights(own: _Weighed, peer: _Weighed) -> Iterator[Problem]:
    """Each check that fails alone must move the VIP away from the node that has it while all succeed."""
    stay = [check for check in own.checks if not own.loses(peer, [check])]
    severity: Severity = "lost" if len(stay) == len(own.checks) else "harmless"
    never = "alone cannot" if own.loses(peer, own.checks) else "can never"
    for check in stay if own.priority() > peer.priority() else ():
        said = f"The check {check.name} {never} move the VIP: {_stays(own, peer, check)}."
        yield own.node.problem(check.place, severity, said)


def _stays(own: _Weighed, peer: _Weighed, check: _Check) -> str:
    left, rival = own.priority([check]), peer.priority()
    if left < rival:
        return "it only lowers the priority, and the peer has nopreempt"
    return f"failed, {own.node.node} still has priority {left}, its peer {rival}"


def _weighed(node: NodeFiles, block: Block, settings: VrrpSettings) -> _Weighed | None:
    """None where weights come from elsewhere too, or count for nothing: an address owner's (priority 255)."""
    others = [line for track in block.all("track_interface") for line in track.body if "weight" in line.words]
    if settings.priority == 255 or others or block.find("track_process", "track_file", "track_bfd"):
        return None
    scripts = {script.argument: script for script in node.document.all("vrrp_script")}
    lines = (line for track in block.all("track_script") for line in track.body if line.words[0] in scripts)
    return _Weighed(node, settings, tuple(_check(line, scripts[line.words[0]]) for line in lines))


def _check(line: Block, script: Block) -> _Check:
    """Of ``NAME [weight N]``: its own weight, else the script's."""
    if "weight" in line.words:
        own = Block((), (Block(line.words[line.words.index("weight") :]),))
        return _Check(line.words[0], line, int(own.number(0, "weight")))
    return _Check(line.words[0], script.find("weight") or line, int(script.number(0, "weight")))
