"""Reads the VRRP timers of a keepalived.conf, so that every bound follows from what runs, of a site's own file too.

Sources: keepalived.conf(5); vrrp_complete_instance() in keepalived/vrrp/vrrp.c for the roundings and corrections that
keepalived applies without saying so in the file; RFC 5798 section 6.1 for master-down and skew.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import PurePath
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from harness.model.errors import BadValue, UsageError
from harness.model.keepalived_text import read_lines
from harness.model.node_check import NodeCheck, NodeCheckKind, script_check, words_of
from harness.model.units import ms, s

_DEFAULT_PRIORITY: Final = 100
_CENTISECOND: Final = 10 * ms
_DEEPEST: Final = 50
"""Blocks within blocks; keepalived knows four. What reads them goes down by recursion."""
_EXCLUDED: Final = "virtual_ipaddress_excluded"
ADDRESS_OWNER: Final = 255
"""The priority of an address owner (the VIP is its own address): no weight changes it."""


class VrrpSettings(msgspec.Struct, frozen=True):
    """One vrrp_instance with its defaults filled in. Times in ns."""

    instance: str
    vrid: int
    priority: int
    advert_int_ns: int
    version: int
    down_timer_adverts: int
    preempt: bool
    preempt_delay_ns: int
    higher_prio_send_advert: bool
    interface: str
    use_vmac: bool
    vips: tuple[str, ...]  # all that move, without prefix length
    garp_lower_prio_delay_ns: int
    garp_lower_prio_repeat: int
    garp_master_delay_ns: int
    garp_master_repeat: int
    garp_master_refresh_ns: int  # 0: never
    garp_master_refresh_repeat: int
    authentication: tuple[str, ...]  # type and password, as written
    unicast_peers: tuple[str, ...]  # none: multicast
    excluded: tuple[str, ...]  # of `vips`, those that adverts do not name
    sync_group: str  # the vrrp_sync_group that moves this instance together with others
    weight: int  # what track_scripts add to the priority while all of them succeed
    checks: tuple[NodeCheck, ...] = ()  # of the node, also those that another instance of it tracks
    startup_delay_ns: int = 0  # of a keepalived that starts

    @property
    def effective_priority(self) -> int:
        """At rest. keepalived stays within 1 and 254, but for an address owner: vrrp_set_effective_priority()."""
        return self.priority if self.priority == ADDRESS_OWNER else max(1, min(254, self.priority + self.weight))

    @property
    def skew_ns(self) -> int:
        """RFC 5798 section 6.1; VRRPv2 (RFC 3768) skews by up to a second whatever the interval."""
        return (256 - self.priority) * (self.advert_int_ns if self.version == 3 else s) // 256

    @property
    def master_down_ns(self) -> int:
        """Silence after which this node takes over."""
        return self.down_timer_adverts * self.advert_int_ns + self.skew_ns


def added(weight: int, *, reverse: bool, failed: bool) -> int:
    """What a check adds to the priority: a weight above 0 while it succeeds, one below 0 while it fails.

    ``weight 7 reverse`` takes 7 away where ``weight 7`` adds them: keepalived.conf(5), and tests/data/dumps.
    """
    counts = min(0, weight) if failed else max(0, weight)
    return -counts if reverse else counts


class Tracked(NamedTuple):
    """A line of a track_script. `place`: where its weight is written. `weight` 0: its failure means FAULT."""

    name: str
    place: "Block"
    weight: int
    reverse: bool

    def adds(self, *, failed: bool) -> int:
        return added(self.weight, reverse=self.reverse, failed=failed)


class Block(msgspec.Struct, frozen=True):
    """``words { … }``, or a line of words without a body. `line`: where it begins, in `file`."""

    words: tuple[str, ...]
    body: tuple["Block", ...] = ()
    file: str = ""
    line: int = 0

    def all(self, *keywords: str) -> Iterator["Block"]:
        return (block for block in self.body if block.words[0] in keywords)

    def find(self, *keywords: str) -> "Block | None":
        """The last of `keywords`: in keepalived the later line wins."""
        return next((block for block in reversed(self.body) if block.words[0] in keywords), None)

    def last(self, keyword: str) -> str | None:
        """The first argument of the last line with that keyword; "" for a bare keyword."""
        found = self.find(keyword)
        return None if found is None else found.argument

    @property
    def argument(self) -> str:
        return self.words[1] if len(self.words) > 1 else ""

    def number(self, default: float, keyword: str) -> float:
        """Raises `BadValue` for what is not a number."""
        value = self.last(keyword)
        return default if value is None else _number(keyword, value)

    def flag(self, keyword: str, *, default: bool) -> bool:
        """A bare keyword means yes."""
        value = self.last(keyword)
        return default if value is None else value.lower() not in ("off", "false", "no")


def parse_blocks(text: str, node: str = "", included: Mapping[str, str] | None = None) -> Block:
    """All that is in force on `node`, as one block. Raises `UsageError` for unbalanced braces."""
    stack: list[tuple[Block, list[Block]]] = [(Block(("",)), [])]
    pending: Block | None = None  # its "{" may follow on the next line
    for line in read_lines(text, node, included):
        if line.words == ("{",):
            if pending is None:
                raise UsageError(f"{line.file}, line {line.number}: no block's name stands before this '{{'.")
            stack.append((pending, []))
            if len(stack) > _DEEPEST:
                raise UsageError(f"{line.file}, line {line.number}: more than {_DEEPEST} blocks are within each other.")
            pending = None
            continue
        if pending is not None:
            stack[-1][1].append(pending)
            pending = None
        if line.words == ("}",):
            if len(stack) == 1:
                raise UsageError(f"{line.file}, line {line.number}: no block is open before this '}}'.")
            head, body = stack.pop()
            stack[-1][1].append(replace(head, body=tuple(body)))
        else:
            pending = Block(line.words, (), line.file, line.number)
    if pending is not None:
        stack[-1][1].append(pending)
    if len(stack) != 1:
        head = stack[-1][0]
        raise UsageError(f"{head.file}, line {head.line}: the block {' '.join(head.words)!r} is never closed.")
    ((whole, body),) = stack
    return replace(whole, body=tuple(body))


def parse_keepalived(text: str, node: str = "", included: Mapping[str, str] | None = None) -> tuple[VrrpSettings, ...]:
    """Every vrrp_instance that `node` has of a keepalived.conf. `included`: path → text of what it includes.

    Raises `UsageError` for syntax and for what is not read here, `BadValue` for a bad number.
    """
    document = parse_blocks(text, node, included)
    defaults = Block(("",), tuple(line for block in document.all("global_defs") for line in block.body))
    groups = dict(_grouped(document))
    settings = (
        _settings(block, defaults, groups, sum(each.adds(failed=False) for each in tracked(document, block)))
        for block in document.all("vrrp_instance")
    )
    checks = tuple(_checks(document, {PurePath(name).name: each for name, each in (included or {}).items()}))
    return tuple(replace(each, checks=checks) for each in settings)


_KINDS: Final[Mapping[str, NodeCheckKind]] = {
    "vrrp_track_process": "process",
    "vrrp_track_file": "file",
    "track_file": "file",
    "bfd_instance": "bfd",
}
"""What no script asks for: it is noticed at once."""


def _checks(document: Block, texts: Mapping[str, str]) -> Iterator[NodeCheck]:
    """Every check, also one that an instance tracks by its sync group: such a group moves together."""
    for block in document.all("vrrp_script"):
        words = words_of(block.last("script") or "")
        text = next((texts[name] for word in words[:1] if (name := PurePath(word).name) in texts), " ".join(words))
        interval_ns, fall, rise = _ns(block.number(1, "interval")), block.number(1, "fall"), block.number(1, "rise")
        yield script_check(block.argument, interval_ns, int(fall), int(rise), text)
    yield from (NodeCheck(block.argument, _KINDS[block.words[0]]) for block in document.all(*_KINDS))


def tracked(document: Block, instance: Block) -> Iterator[Tracked]:
    """The scripts that an instance tracks. A line's own weight, ``NAME weight N``, counts before the script's."""
    scripts = {script.argument: script for script in document.all("vrrp_script")}
    for line in (line for track in instance.all("track_script") for line in track.body):
        name, *said = line.words
        if script := scripts.get(name):
            place = line if "weight" in said else script.find("weight") or line
            yield Tracked(name, place, _weight(place), "reverse" in place.words)


def _weight(place: Block) -> int:
    """As ``weight N`` or ``NAME weight N`` says; 0 where neither is written."""
    said = dict(pairwise((*place.words, ""))).get("weight")
    return 0 if said is None else int(_number("weight", said))


def _grouped(document: Block) -> Iterator[tuple[str, str]]:
    """(instance, its vrrp_sync_group). Each word of a group is a name: read_value_block() in lib/parser.c."""
    for block in document.all("vrrp_sync_group"):
        for line in (line for group in block.all("group") for line in group.body):
            yield from ((name, block.argument) for name in line.words)


def _settings(block: Block, defaults: Block, groups: Mapping[str, str], weight: int) -> VrrpSettings:
    def timed(name: str, default_s: float) -> float:
        return block.number(defaults.number(default_s, f"vrrp_{name}"), name)

    version = int(block.number(defaults.number(2, "vrrp_version"), "version"))
    delay_s, repeat = defaults.number(5, "vrrp_garp_master_delay"), defaults.number(5, "vrrp_garp_master_repeat")
    master_first = block.last("state") == "MASTER"  # keepalived then clears nopreempt and preempt_delay
    preempt = master_first or block.last("nopreempt") is None
    return VrrpSettings(
        instance=block.argument,
        vrid=int(block.number(0, "virtual_router_id")),
        priority=int(block.number(255 if master_first else _DEFAULT_PRIORITY, "priority")),
        advert_int_ns=_advert_int(block.number(1, "advert_int"), version),
        version=version,
        preempt=preempt,
        preempt_delay_ns=0 if master_first or not preempt else _ns(block.number(0, "preempt_delay")),
        interface=block.last("interface") or "",
        vips=_addresses(block, "virtual_ipaddress") + _addresses(block, _EXCLUDED),
        excluded=_addresses(block, _EXCLUDED),
        down_timer_adverts=int(block.number(3, "down_timer_adverts")),
        garp_master_delay_ns=_ns(timed("garp_master_delay", 5)),
        garp_master_repeat=int(timed("garp_master_repeat", 5)),
        garp_master_refresh_ns=_ns(timed("garp_master_refresh", 0)),
        garp_master_refresh_repeat=int(timed("garp_master_refresh_repeat", 1)),
        # the manual names the instance's own garp_master_delay as default; keepalived takes the global one (seen)
        garp_lower_prio_delay_ns=_ns(timed("garp_lower_prio_delay", delay_s)),
        garp_lower_prio_repeat=int(timed("garp_lower_prio_repeat", repeat)),
        higher_prio_send_advert=block.flag(
            "higher_prio_send_advert", default=defaults.flag("vrrp_higher_prio_send_advert", default=False)
        ),
        use_vmac=block.last("use_vmac") is not None,
        authentication=tuple(word for auth in block.all("authentication") for line in auth.body for word in line.words),
        unicast_peers=tuple(line.words[0] for peers in block.all("unicast_peer") for line in peers.body),
        sync_group=groups.get(block.argument, ""),
        weight=weight,
        startup_delay_ns=_ns(defaults.number(0, "vrrp_startup_delay")),
    )


def _addresses(block: Block, keyword: str) -> tuple[str, ...]:
    return tuple(line.words[0].split("/")[0] for listed in block.all(keyword) for line in listed.body)


def _advert_int(interval_s: float, version: int) -> int:
    """VRRPv2 rounds to whole seconds, at least one; VRRPv3 to centiseconds."""
    unit = s if version == 2 else _CENTISECOND
    return max(unit, (_ns(interval_s) + unit // 2) // unit * unit)


def _number(keyword: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise BadValue(f"keepalived.conf: {keyword}", value, "a number") from None


def _ns(time_s: float) -> int:
    return round(time_s * s)
