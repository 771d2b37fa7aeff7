"""What an instance watches in effect, and where its file says so: its own trackers, its sync group's, its fellows'.

Source: sync_group_tracking_init() in keepalived/vrrp/vrrp.c; keepalived.conf(5), "VRRP synchronization group".
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from harness.lint._explained import not_supplied
from harness.lint._pair import Member
from harness.lint._place import Place
from harness.model.errors import BadValue
from harness.model.keepalived import ADDRESS_OWNER, Block, added, tracked
from harness.model.keepalived import Tracked as Asked
from harness.model.running_keepalived import SyncGroup
from harness.model.vrrp_instance import Tracked, VrrpInstance

Kind = Literal["script", "process", "file", "interface", "bfd"]

_DEFINED_BY: Final[dict[Kind, tuple[str, ...]]] = {
    "script": ("vrrp_script",),
    "process": ("vrrp_track_process",),
    "file": ("track_file", "vrrp_track_file"),
    "interface": (),
    "bfd": ("bfd_instance",),
}

_MOST: Final = 254
"""keepalived takes no more from what a file holds."""


class Tracker(NamedTuple):
    """`weight` 0: its failure means FAULT. `value`: what a tracked file holds."""

    kind: Kind
    name: str
    weight: int = 0
    reverse: bool = False
    value: int = 0

    @property
    def faults(self) -> bool:
        return self.weight == 0

    def adds(self, *, failed: bool) -> int:
        """To the priority. A file adds its weight times what it holds; "failed" is a 1 in it."""
        if self.kind == "file":
            times = (1 if failed else self.value) * (-self.weight if self.reverse else self.weight)
            return max(-_MOST, min(_MOST, times))
        return added(self.weight, reverse=self.reverse, failed=failed)


def trackers(member: Member) -> tuple[Tracker, ...]:
    """Without a weight, what one instance of a sync group watches takes the whole group into FAULT.

    A check whose program or user was not handed over counts: the site's nodes may well have it in force.
    """
    fellows = [tracker for each in _fellows(member) for tracker in _of(member, each) if tracker.faults]
    own = [tracker for source in (member.instance, _group(member)) if source for tracker in _of(member, source)]
    own += _supposed(member)
    found: dict[tuple[Kind, str], Tracker] = {}
    for tracker in (*own, *fellows):
        found.setdefault((tracker.kind, tracker.name), tracker)
    return tuple(found.values())


def written(member: Member) -> Iterator[tuple[Kind, Block]]:
    """The lines of the instance and of its group that ask to watch something, in force or not."""
    group = _group(member)
    heads = [("vrrp_instance", member.instance.name), *([("vrrp_sync_group", group.name)] if group else [])]
    for block in (block for head in heads if (block := member.node.block(*head))):
        for kind in _DEFINED_BY:
            yield from ((kind, line) for listed in block.all(f"track_{kind}") for line in listed.body)


def lost(member: Member) -> list[tuple[Kind, Block]]:
    """Those that are not in force, here or in an instance that changes its state together with this one."""
    found = []
    for each in (member, *(Member(member.node, fellow) for fellow in _fellows(member))):
        in_force = {(tracker.kind, tracker.name) for tracker in trackers(each)}
        in_force.add(("interface", each.instance.base_interface))  # which it watches anyway
        found += [(kind, line) for kind, line in written(each) if (kind, line.words[0]) not in in_force]
    return found


def definition(member: Member, tracker: Tracker) -> Block | None:
    found = (member.node.block(keyword, tracker.name) for keyword in _DEFINED_BY[tracker.kind])
    return next((block for block in found if block), None)


def place(member: Member, tracker: Tracker) -> Place:
    """The line of its weight; without one, the line that tracks it."""
    every = (member, *(Member(member.node, fellow) for fellow in _fellows(member)))
    asked = (line for each in every for kind, line in written(each) if kind == tracker.kind)
    lines = [line for line in asked if line.words[0] == tracker.name]
    weighted = next((line for line in lines if "weight" in line.words), None)
    defined = definition(member, tracker)
    tracked_at = lines[0] if lines else None
    return member.node.at(weighted or (defined and defined.find("weight")) or tracked_at or member.block)


def _of(member: Member, source: VrrpInstance | SyncGroup) -> Iterator[Tracker]:
    values = {file.name: file.value for file in member.node.running.files}
    listed: tuple[tuple[Kind, tuple[Tracked, ...]], ...] = (
        ("script", source.scripts),
        ("process", source.processes),
        ("file", source.files),
        ("interface", source.interfaces),
        ("bfd", source.bfds),
    )
    for kind, every in listed:
        for each in every:
            yield Tracker(kind, each.name, each.weight, each.reverse, values.get(each.name, 0) if kind == "file" else 0)


def _supposed(member: Member) -> Iterator[Tracker]:
    """Weights count for nothing in an address owner and in a sync group."""
    group, missing = _group(member), not_supplied(member.node)
    weightless = member.instance.priority == ADDRESS_OWNER or group
    heads = [("vrrp_instance", member.instance.name), *([("vrrp_sync_group", group.name)] if group else [])]
    for block in (block for head in heads if (block := member.node.block(*head))):
        for each in _asked_for(member, block):
            if each.name in missing and not (weightless and each.weight):
                yield Tracker("script", each.name, each.weight, each.reverse)


def _asked_for(member: Member, block: Block) -> list[Asked]:
    """None if a weight is no number: keepalived's message tells of it."""
    try:
        return list(tracked(member.node.document, block))
    except BadValue:
        return []


def _group(member: Member) -> SyncGroup | None:
    name = member.instance.name
    return next((group for group in member.node.running.groups if name in group.members), None)


def _fellows(member: Member) -> list[VrrpInstance]:
    group = _group(member)
    others = (each for each in member.node.running.instances if each.name != member.instance.name)
    return [each for each in others if group and each.name in group.members]
