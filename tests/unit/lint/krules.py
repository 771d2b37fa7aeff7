"""Pairs from keepalived.conf texts, without a container: what keepalived would tell is derived from the text.

Only what these tests need is derived: a weighted check of a priority of 255, or within a sync group, is dropped, and so
is one that is defined nowhere. What real keepalived tells is in tests/data/sites.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from harness.lint import ALL, Finding, Pair
from harness.lint._pair import Member, PairNode, routers
from harness.model.keepalived import ADDRESS_OWNER, Block, VrrpSettings, parse_blocks, parse_keepalived, tracked
from harness.model.running_keepalived import RunningKeepalived, SyncGroup, TrackFile, TrackProcess, TrackScript
from harness.model.units import s
from harness.model.vrrp_instance import Tracked, UnicastPeer, VrrpAddress, VrrpInstance
from harness.site.examined import Answer, Examined, Program
from harness.site.haproxy import Haproxy
from harness.site.site import KEEPALIVED, Site, SiteFile, SiteNode

CARD: Final = "eth0"
CHECK: Final = 'vrrp_script chk {\n  script "/usr/bin/pgrep -x haproxy"\n  interval 2\n  fall 2\n}\n'
TRACK: Final = "  track_script {\n    chk\n  }\n"


def instance(*lines: str, priority: int = 100, vrid: int = 17, name: str = "web", vips: str = "192.0.2.10/24") -> str:
    """A vrrp_instance; of its own lines the last one of a keyword counts."""
    return (
        f"vrrp_instance {name} {{\n  state BACKUP\n  interface {CARD}\n  virtual_router_id {vrid}\n"
        f"  priority {priority}\n"
        + "".join(f"{line}\n" for line in lines)
        + "  virtual_ipaddress {\n"
        + "".join(f"    {vip}\n" for vip in vips.split())
        + "  }\n}\n"
    )


def file(path: str, text: str = "#!/bin/sh\n", mode: int = 0o755) -> SiteFile:
    return SiteFile(path.rpartition("/")[2], path, text.encode(), mode)


def node(
    name: str,
    text: str,
    *,
    card: str = "",
    files: Iterable[SiteFile] = (),
    test: str = "",
    status: int = 0,
    start: str = "",
    dump: str = "",
    programs: Mapping[str, Program | None] | None = None,
    disabled: Collection[str] = (),
) -> PairNode:
    """`test`, `status`, `start`: what `keepalived -t` and a start print. `disabled`: scripts that are not run."""
    cards: dict[str, tuple[str, ...]] = {CARD: (card,)} if card else {}
    site = SiteNode(name, (SiteFile(f"{name}/keepalived.conf", KEEPALIVED, text.encode(), 0o644), *files), cards, name)
    silent = Answer(0, "")
    examined = Examined(Answer(status, test), Answer(None, start), dump, silent, silent, dict(programs or {}))
    included = {each.path: each.text for each in site.files if each.path != KEEPALIVED}
    document = parse_blocks(text, name, included)
    told = _running(document, parse_keepalived(text, name, included), disabled)
    return PairNode(site, examined, told, told=True, document=document, problems=(), haproxy=Haproxy(()))


def pair_of(*nodes: PairNode) -> Pair:
    members = [Member(each, told) for each in nodes for told in each.running.instances]
    return Pair(Site({each.name: each.site for each in nodes}), nodes, tuple(routers(members)))


def both(one: str, other: str) -> Pair:
    """Nodes a and b in one network."""
    return pair_of(node("a", one, card="192.0.2.1/24"), node("b", other, card="192.0.2.2/24"))


def findings(rule: str, pair: Pair) -> list[Finding]:
    return ALL[rule](pair)


def places(rule: str, pair: Pair) -> list[str]:
    return [f"{each.file}:{each.line}" for each in findings(rule, pair)]


def line_of(text: str, part: str) -> int:
    """The first line that has this part."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def _running(document: Block, parsed: tuple[VrrpSettings, ...], disabled: Collection[str]) -> RunningKeepalived:
    blocks = list(document.all("vrrp_instance"))
    strict = any(block.find("vrrp_strict") for block in document.all("global_defs"))
    return RunningKeepalived(
        "router",
        instances=tuple(
            _instance(document, block, settings, disabled, strict=strict)
            for block, settings in zip(blocks, parsed, strict=True)
            if settings.vrid
        ),
        groups=tuple(_groups(document)),
        scripts=tuple(_script(block) for block in document.all("vrrp_script") if block.argument not in disabled),
        files=tuple(
            TrackFile(each.argument, each.last("file") or "", 1, int(each.last("init_file") or 0))
            for each in document.all("track_file", "vrrp_track_file")
        ),
        processes=tuple(
            TrackProcess(
                each.argument,
                each.last("process") or "",
                0,
                int(each.number(1, "quorum")),
                0,
                terminate_delay_ns=_ns(each, "delay", 0),
            )
            for each in document.all("vrrp_track_process")
        ),
    )


def _instance(
    document: Block, block: Block, settings: VrrpSettings, disabled: Collection[str], *, strict: bool
) -> VrrpInstance:
    weightless = settings.priority == ADDRESS_OWNER or bool(settings.sync_group)
    scripts = [
        Tracked(each.name, each.weight, each.reverse)
        for each in tracked(document, block)
        if each.name not in disabled and not (weightless and each.weight)
    ]
    password = settings.authentication[3] if len(settings.authentication) > 3 else ""
    return VrrpInstance(
        name=settings.instance,
        vrid=settings.vrid,
        version=settings.version,
        state="BACKUP",
        interface=settings.interface,
        base_interface=settings.interface,
        priority=settings.priority,
        effective_priority=settings.priority,
        advert_int_ns=settings.advert_int_ns,
        master_down_ns=0,
        down_timer_adverts=settings.down_timer_adverts,
        preempt=settings.preempt,
        accept=not strict and not block.find("no_accept"),
        garp_master_delay_ns=settings.garp_master_delay_ns,
        garp_master_repeat=settings.garp_master_repeat,
        garp_master_refresh_ns=settings.garp_master_refresh_ns,
        garp_master_refresh_repeat=settings.garp_master_refresh_repeat,
        garp_lower_prio_delay_ns=settings.garp_lower_prio_delay_ns,
        garp_lower_prio_repeat=settings.garp_lower_prio_repeat,
        higher_prio_send_advert=settings.higher_prio_send_advert,
        preempt_delay_ns=settings.preempt_delay_ns,
        strict=strict,
        source=block.last("unicast_src_ip") or "",
        unicast=bool(settings.unicast_peers),
        unicast_peers=tuple(_peer(line.words) for each in block.all("unicast_peer") for line in each.body),
        vmac=settings.use_vmac,
        authentication="PASS" if password else "",
        password=password[:8],
        sync_group=settings.sync_group,
        vips=tuple(_address(block, vip) for vip in settings.vips if vip not in settings.excluded),
        excluded=tuple(_address(block, vip) for vip in settings.excluded),
        interfaces=tuple(_lines(document, block, "track_interface")),
        scripts=tuple(scripts),
        files=tuple(_lines(document, block, "track_file")),
        processes=tuple(_lines(document, block, "track_process")),
        bfds=tuple(_lines(document, block, "track_bfd")),
    )


def _peer(words: tuple[str, ...]) -> UnicastPeer:
    limits = {name: int(words[words.index(name) + 1]) for name in ("min_ttl", "max_ttl") if name in words}
    return UnicastPeer(words[0], limits.get("min_ttl", 0), limits.get("max_ttl", 255))


def _address(block: Block, vip: str) -> VrrpAddress:
    lines = (line for listed in block.all("virtual_ipaddress", "virtual_ipaddress_excluded") for line in listed.body)
    words = next(line.words for line in lines if line.words[0].split("/")[0] == vip)
    device = words[words.index("dev") + 1] if "dev" in words else block.last("interface")
    length = words[0].partition("/")[2] or ("128" if ":" in vip else "32")
    return VrrpAddress(vip, int(length), device or CARD)


def _groups(document: Block) -> Iterator[SyncGroup]:
    for block in document.all("vrrp_sync_group"):
        members = tuple(word for group in block.all("group") for line in group.body for word in line.words)
        scripts = tuple(Tracked(each.name, each.weight, each.reverse) for each in tracked(document, block))
        yield SyncGroup(block.argument, members, scripts=scripts)


def _lines(document: Block, block: Block, keyword: str) -> Iterator[Tracked]:
    """``NAME weight N``, else the weight of its definition."""
    for line in (line for listed in block.all(keyword) for line in listed.body):
        defined = next((each for each in document.body if each.argument == line.words[0]), None)
        said = line.words[2] if "weight" in line.words else (defined and defined.last("weight")) or "0"
        yield Tracked(line.words[0], int(said), "reverse" in line.words)


def _script(block: Block) -> TrackScript:
    return TrackScript(
        name=block.argument,
        command=block.last("script") or "",
        interval_ns=_ns(block, "interval", 1),
        timeout_ns=_ns(block, "timeout", 0),
        weight=int(block.number(0, "weight")),
        rise=int(block.number(1, "rise")),
        fall=int(block.number(1, "fall")),
        status="GOOD",
    )


def _ns(block: Block, keyword: str, default_s: float) -> int:
    return round(block.number(default_s, keyword) * s)
