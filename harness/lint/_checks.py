"""The check scripts of an instance, with the lines that define them and what they ask for."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.lint._asks import Ask, asks
from harness.lint._pair import Member, PairNode
from harness.lint._place import Place
from harness.model.keepalived import Block, added, tracked
from harness.model.running_keepalived import TrackScript


class Check(NamedTuple):
    """`place`: its ``script`` line. `weight` 0: its failure means FAULT. `script`: as keepalived runs it."""

    name: str
    place: Place
    weight: int
    reverse: bool
    script: TrackScript
    asks: tuple[Ask, ...]

    def adds(self, *, failed: bool) -> int:
        """To the priority."""
        return added(self.weight, reverse=self.reverse, failed=failed)

    @property
    def detection_ns(self) -> int:
        """From the first failure on, at most; each run may take its timeout beside."""
        return self.script.interval_ns * self.script.fall


def checks(member: Member) -> tuple[Check, ...]:
    """Those that the instance tracks, and those of its sync group, which keepalived's dump does not list with it."""
    weights = {each.name: (each.weight, each.reverse) for each in member.instance.scripts}
    group = member.node.block("vrrp_sync_group", member.instance.sync_group)
    for each in tracked(member.node.document, group) if group else ():
        weights.setdefault(each.name, (each.weight, each.reverse))
    scripts = {each.name: each for each in member.node.running.scripts}
    return tuple(
        _check(member.node, scripts[name], weight, reverse=reverse)
        for name, (weight, reverse) in weights.items()
        if name in scripts
    )


def _check(node: PairNode, script: TrackScript, weight: int, *, reverse: bool) -> Check:
    block = node.block("vrrp_script", script.name)
    line = block.find("script") if block else None
    command = _command(script, line)
    found = asks(command, _scripts(node, command))
    return Check(script.name, node.at(line or block), weight, reverse, script, found)


def _command(script: TrackScript, line: Block | None) -> str:
    """As written; the dump's own puts every word in quotation marks."""
    return " ".join(line.words[1:]) if line else script.command.replace("'", "")


def _scripts(node: PairNode, command: str) -> Iterator[str]:
    """The files that the site brought, of those that the command names."""
    for word in command.split():
        if found := node.site.file(word.strip("'\"")):
            yield found.text
