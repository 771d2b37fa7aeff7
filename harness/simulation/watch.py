"""What an instance tracks, as far as the rules use it: scripts, processes, cables. From keepalived's dump or its file.

Sources: keepalived.conf(5); initialise_tracking_priorities() and process_script_update_priority() in vrrp_track.c.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import msgspec

from harness.model.errors import BadValue
from harness.model.keepalived import ADDRESS_OWNER, Block, added
from harness.model.running_keepalived import RunningKeepalived, SyncGroup, TrackProcess, TrackScript
from harness.model.units import s
from harness.model.vrrp_instance import Tracked, VrrpInstance

Follows = Literal["process", "connection", "answer", "cable", "nothing"]
"""What decides a tracker: HAProxy's process, its socket, its answer; the carrier of a port. `nothing`: it succeeds."""

_MOST: Final = 254
"""keepalived takes no more from what a file holds."""
_WEIGHS: Final = ("sync_group_tracking_weight", "sgroup_tracking_weight", "global_tracking")


class Asking(NamedTuple):
    """`lasts_ns`: for how long the command itself waits for an answer; 0: as long as keepalived lets it."""

    follows: Follows
    lasts_ns: int = 0


Reader = Callable[[str], Asking]
"""What a check asks for, by its command."""


class Watch(msgspec.Struct, frozen=True):
    """`weight` 0: its failure is FAULT. `interval_ns` 0: keepalived is told at once, after `delay_ns` if it is a loss.

    `waits_ns`: for how long a run of a script waits for a HAProxy that hangs. `init_fail`: failed until it succeeded.
    `name`: of a cable its device.
    """

    kind: Literal["script", "process", "interface"]
    name: str
    follows: Follows
    weight: int = 0
    reverse: bool = False
    interval_ns: int = 0
    waits_ns: int = 0
    rise: int = 1
    fall: int = 1
    init_fail: bool = False
    delay_ns: int = 0

    @property
    def cause(self) -> str:
        """What it is called among the failures of an instance."""
        return f"{self.kind} {self.name}"

    def adds(self, *, failed: bool) -> int:
        return added(self.weight, reverse=self.reverse, failed=failed)

    def faults(self, *, failed: bool) -> bool:
        """``weight 0 reverse``: a success is FAULT."""
        return self.weight == 0 and failed != self.reverse


class Defined(NamedTuple):
    """Scripts and processes by name, those that begin as failed, and what each script asks for."""

    scripts: Mapping[str, TrackScript]
    processes: Mapping[str, TrackProcess]
    init_fail: frozenset[str]
    read: Reader

    def watches(self, source: "VrrpInstance | SyncGroup | Listed") -> Iterator[Watch]:
        for tracked in source.scripts:
            if script := self.scripts.get(tracked.name):
                yield self._script(tracked, script)
        for tracked in source.processes:
            if process := self.processes.get(tracked.name):
                yield _process(tracked, process)
        for tracked in source.interfaces:
            yield Watch("interface", tracked.name, "cable", tracked.weight, tracked.reverse)

    def _script(self, tracked: Tracked, script: TrackScript) -> Watch:
        asks = self.read(script.command)
        ends = script.timeout_ns or script.interval_ns
        waits = min(asks.lasts_ns, ends) if asks.lasts_ns else ends
        return Watch(
            "script", tracked.name, asks.follows, tracked.weight, tracked.reverse, script.interval_ns, waits,
            max(1, script.rise), max(1, script.fall), tracked.name in self.init_fail,
        )  # fmt: skip


class Listed(NamedTuple):
    """What the block of an instance or of a sync group lists."""

    scripts: tuple[Tracked, ...] = ()
    processes: tuple[Tracked, ...] = ()
    interfaces: tuple[Tracked, ...] = ()


def _process(tracked: Tracked, process: TrackProcess) -> Watch:
    follows: Follows = "process" if "hap" in process.process.lower() else "nothing"
    return Watch("process", tracked.name, follows, tracked.weight, tracked.reverse, delay_ns=process.terminate_delay_ns)


def of_running(running: RunningKeepalived, instance: VrrpInstance, document: Block, read: Reader) -> tuple[Watch, ...]:
    """As its dump tells. `document`: its keepalived.conf, for ``init_fail``, which the dump does not tell."""
    defined = Defined(
        {each.name: each for each in running.scripts},
        {each.name: each for each in running.processes},
        _init_fail(document),
        read,
    )
    return _once(watch for source in _sources(running, instance) for watch in defined.watches(source))


def files_add(running: RunningKeepalived, instance: VrrpInstance) -> int:
    """What the files that it tracks add to its priority: as they were when keepalived told, for no rule changes it."""
    values = {file.name: file.value for file in running.files}
    tracked = [each for source in _sources(running, instance) for each in source.files if each.weight]
    return sum(_file_adds(each, values.get(each.name, 0)) for each in tracked)


def _sources(running: RunningKeepalived, instance: VrrpInstance) -> list[VrrpInstance | SyncGroup]:
    """Itself and its sync group."""
    return [instance, *(group for group in running.groups if instance.name in group.members)]


def _file_adds(tracked: Tracked, value: int) -> int:
    weight = -tracked.weight if tracked.reverse else tracked.weight
    return max(-_MOST, min(_MOST, value * weight))


def of_text(document: Block, instance: Block, read: Reader) -> tuple[Watch, ...]:
    """As its file says. In a sync group, and of an address owner, keepalived ignores what is tracked with a weight."""
    defined = Defined(
        {block.argument: _script_of(block) for block in document.all("vrrp_script")},
        {block.argument: _process_of(block) for block in document.all("vrrp_track_process")},
        _init_fail(document),
        read,
    )
    groups = [group for group in document.all("vrrp_sync_group") if instance.argument in _members(group)]
    weighted = all(
        group.find("sync_group_tracking_weight", "sgroup_tracking_weight", "global_tracking") for group in groups
    )
    weighted = weighted and instance.number(0, "priority") != ADDRESS_OWNER
    found = _once(watch for block in (instance, *groups) for watch in defined.watches(_listed(document, block)))
    return tuple(watch for watch in found if weighted or not watch.weight)


def _once(watches: Iterator[Watch]) -> tuple[Watch, ...]:
    return tuple({(watch.kind, watch.name): watch for watch in watches}.values())


def _init_fail(document: Block) -> frozenset[str]:
    return frozenset(block.argument for block in document.all("vrrp_script") if block.find("init_fail"))


def _members(group: Block) -> set[str]:
    return {name for listed in group.all("group") for line in listed.body for name in line.words}


def _listed(document: Block, block: Block) -> Listed:
    """Of an instance not its own card: keepalived ignores that line, with ``dont_track_primary`` too."""
    return Listed(
        tuple(_tracked(block, "track_script", _weights(document, "vrrp_script"))),
        tuple(_tracked(block, "track_process", _weights(document, "vrrp_track_process"))),
        tuple(each for each in _tracked(block, "track_interface", {}) if each.name != block.last("interface")),
    )


def _weights(document: Block, keyword: str) -> dict[str, Block]:
    return {block.argument: line for block in document.all(keyword) if (line := block.find("weight"))}


def _tracked(block: Block, keyword: str, defaults: Mapping[str, Block]) -> Iterator[Tracked]:
    """A line's own weight, ``NAME weight N reverse``, counts before that of the definition."""
    for line in (line for listed in block.all(keyword) for line in listed.body):
        name, *said = line.words
        words = said if "weight" in said else defaults[name].words if name in defaults else ()
        yield Tracked(name, _weight(dict(pairwise((*words, ""))).get("weight") or "0"), "reverse" in words)


def _weight(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadValue("keepalived.conf: weight", text, "a whole number") from None


def _script_of(block: Block) -> TrackScript:
    """`UsageError` has been raised for a number that is none before."""
    line = block.find("script")
    return TrackScript(
        block.argument,
        " ".join(line.words[1:]) if line else "",
        round(block.number(1, "interval") * s),
        round(block.number(0, "timeout") * s),
        0,
        int(block.number(1, "rise")),
        int(block.number(1, "fall")),
        "",
    )


def _process_of(block: Block) -> TrackProcess:
    delay = block.number(block.number(0, "delay"), "terminate_delay")
    return TrackProcess(block.argument, block.last("process") or "", 0, 1, 1, terminate_delay_ns=round(delay * s))
