"""Pairs for the rules of lint, without a container: recorded answers, or settings taken from short texts."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from harness import lint
from harness.lint import Finding, Pair
from harness.lint._pair import PairNode
from harness.model.haproxy_messages import haproxy_problems
from harness.site import haproxy, pair_file
from harness.site.examined import Answer, Examined
from harness.site.site import HAPROXY, KEEPALIVED, Load, Site
from tests.unit.lint import krules
from tests.unit.lint.krules import file

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
    other_cfg: str = "",
    cards: Mapping[str, str] | None = None,
) -> Pair:
    """lb1 and lb2 with the same haproxy.cfg, but for `other_cfg` of lb2. `files`: path → text, on both.

    `started`: what HAProxy said. `cards`: beside eth0; their addresses have a {} for the number of the node.
    """
    texts = confs or (conf(101), conf(100))
    nodes = tuple(
        _with_cards(_node(f"lb{n}", {KEEPALIVED: text, HAPROXY: own, **(files or {})}, n, started), n, cards or {})
        for n, (text, own) in enumerate(zip(texts, (cfg, other_cfg or cfg), strict=True), 1)
    )
    site = Site(
        nodes={node.name: node.site for node in nodes},
        hosts=dict(hosts or {}),
        directories=directories,
        load=Load(open_sessions=load),
        needs_nofile=needs_nofile,
        probe=probe,
    )
    return krules.pair_of(*nodes)._replace(site=site)


def found(rule: str, pair: Pair) -> list[tuple[str, str]]:
    """(severity, file:line) of the rule's findings, each once."""
    every: list[Finding] = list(dict.fromkeys(lint.ALL[rule](pair)))
    return [(each.severity, f"{each.file}:{each.line}" if each.line else each.file) for each in every]


def _with_cards(node: PairNode, number: int, cards: Mapping[str, str]) -> PairNode:
    more = {card: (address.format(number),) for card, address in cards.items()}
    return node._replace(site=replace(node.site, cards={**node.site.cards, **more}))


def _node(name: str, texts: Mapping[str, str], number: int, started: Answer) -> PairNode:
    files = [file(path, text) for path, text in texts.items() if path != KEEPALIVED]
    made = krules.node(name, texts[KEEPALIVED], card=f"192.0.2.{number}/24", files=files)
    problems = haproxy_problems(name, texts[HAPROXY], started.status or 0, started.output)
    read = haproxy.read({path: text for path, text in texts.items() if path.startswith("/etc/haproxy/")})
    return made._replace(problems=tuple(problems), haproxy=read)
