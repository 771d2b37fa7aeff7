"""Pairs for the rules of lint, without a container: recorded answers, or settings taken from short texts."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from harness import lint
from harness.lint import Finding, Pair
from harness.lint._pair import Member, PairNode, Router
from harness.model.haproxy_messages import haproxy_problems
from harness.model.keepalived import Block, VrrpSettings, parse_blocks, parse_keepalived, tracked
from harness.model.running_keepalived import RunningKeepalived, SyncGroup, TrackScript
from harness.model.units import s
from harness.model.vrrp_instance import Tracked, VrrpAddress, VrrpInstance
from harness.site import haproxy, pair_file
from harness.site.examined import Answer, Examined
from harness.site.site import HAPROXY, KEEPALIVED, Load, Site, SiteFile, SiteNode
from tests.histories import running_instance

SITES = Path(__file__).parent / "data" / "sites"
VIP = "192.0.2.10"
SILENT = Answer(None, "")

SOUND = """\
global
    maxconn 8000
defaults
    mode http
frontend web
    bind *:80
    default_backend app
backend app
    server app1 192.0.2.21:8080 check
    server app2 192.0.2.22:8080 check
"""


def recorded(name: str) -> Pair:
    """A site of tests/data/sites, with what keepalived and HAProxy said of it."""
    folder = SITES / name
    answers = msgspec.json.decode((folder / "examined.json").read_bytes(), type=dict[str, Examined])
    return lint.pair(pair_file.read(folder), answers)


def conf(priority: int, script: str = "", *, lines: str = "", more: str = "", vips: tuple[str, ...] = (VIP,)) -> str:
    """A keepalived.conf. `script`: the check's command, on line 2. `lines`: of the check; `more`: of the instance."""
    check = f'vrrp_script chk {{\nscript "{script}"\ninterval 1\nfall 2\n{lines}\n}}\n' if script else ""
    track = "track_script {\nchk\n}\n" if script else ""
    addresses = "\n".join(vips)
    return (
        f"{check}vrrp_instance web {{\ninterface eth0\nvirtual_router_id 51\npriority {priority}\n{more}\n"
        f"virtual_ipaddress {{\n{addresses}\n}}\n{track}}}\n"
    )


def two(
    cfg: str = SOUND,
    *,
    confs: tuple[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    started: Answer = SILENT,
    load: int = 0,
    needs_nofile: int = 0,
    directories: tuple[str, ...] = (),
    hosts: Mapping[str, str] | None = None,
    probe: tuple[str, ...] = (),
) -> Pair:
    """lb1 and lb2 with the same haproxy.cfg. `files`: path → text, on both. `started`: what HAProxy said."""
    shared = {HAPROXY: cfg, **(files or {})}
    texts = confs or (conf(101), conf(100))
    nodes = tuple(_node(f"lb{n}", {KEEPALIVED: text, **shared}, n, started) for n, text in enumerate(texts, 1))
    site = Site(
        nodes={node.name: node.site for node in nodes},
        hosts=dict(hosts or {}),
        directories=directories,
        load=Load(open_sessions=load),
        needs_nofile=needs_nofile,
        probe=probe,
    )
    return Pair(site, nodes, tuple(_routers(nodes)))


def found(rule: str, pair: Pair) -> list[tuple[str, str]]:
    """(severity, file:line) of the rule's findings, each once."""
    every: list[Finding] = list(dict.fromkeys(lint.ALL[rule](pair)))
    return [(each.severity, f"{each.file}:{each.line}" if each.line else each.file) for each in every]


def _node(name: str, texts: Mapping[str, str], number: int, started: Answer) -> PairNode:
    files = tuple(SiteFile(_source(name, path), path, text.encode(), 0o755) for path, text in texts.items())
    site = SiteNode(name, files, {"eth0": (f"192.0.2.{number}/24",)}, name)
    problems = haproxy_problems(name, texts[HAPROXY], started.status or 0, started.output)
    examined = Examined(SILENT, SILENT, "", SILENT, started)
    document = parse_blocks(texts[KEEPALIVED], name)
    running = _running(texts[KEEPALIVED], document)
    cfg = {path: text for path, text in texts.items() if path.startswith("/etc/haproxy/")}
    return PairNode(site, examined, running, True, document, tuple(problems), haproxy.read(cfg))


def _source(name: str, path: str) -> str:
    """keepalived.conf differs between the nodes, the rest is shared."""
    return f"{name}/keepalived.conf" if path == KEEPALIVED else path.rpartition("/")[2]


def _running(text: str, document: Block) -> RunningKeepalived:
    """As keepalived would tell it: with what is written, and defaults."""
    instances = tuple(_instance(document, each) for each in parse_keepalived(text))
    groups = {each.sync_group for each in instances if each.sync_group}
    members = {name: tuple(each.name for each in instances if each.sync_group == name) for name in sorted(groups)}
    return RunningKeepalived(
        instances=instances,
        groups=tuple(SyncGroup(name, of) for name, of in members.items()),
        scripts=tuple(map(_script, document.all("vrrp_script"))),
    )


def _instance(document: Block, each: VrrpSettings) -> VrrpInstance:
    block = next(block for block in document.all("vrrp_instance") if block.argument == each.instance)
    return running_instance(
        name=each.instance,
        vrid=each.vrid,
        version=each.version,
        interface=each.interface,
        base_interface=each.interface,
        priority=each.priority,
        effective_priority=each.effective_priority,
        advert_int_ns=each.advert_int_ns,
        master_down_ns=each.master_down_ns,
        preempt=each.preempt,
        sync_group=each.sync_group,
        vips=tuple(VrrpAddress(vip, 24, each.interface) for vip in each.vips),
        scripts=tuple(Tracked(line.name, line.weight, line.reverse) for line in tracked(document, block)),
    )


def _script(block: Block) -> TrackScript:
    return TrackScript(
        block.argument,
        "",
        round(block.number(1, "interval") * s),
        round(block.number(0, "timeout") * s),
        int(block.number(0, "weight")),
        int(block.number(1, "rise")),
        int(block.number(1, "fall")),
        "INIT",
    )


def _routers(nodes: tuple[PairNode, ...]) -> list[Router]:
    """One for each VRID."""
    members = [Member(node, instance) for node in nodes for instance in node.running.instances]
    vrids = sorted({each.instance.vrid for each in members})
    return [Router(tuple(each for each in members if each.instance.vrid == vrid)) for vrid in vrids]
