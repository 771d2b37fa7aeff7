"""Fewer source ports than connections to the servers."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.lint._frontends import customers
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._sysctls import Sysctl, sysctl_lines
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import servers

_NAME = "net.ipv4.ip_local_port_range"


class _Ports(NamedTuple):
    setting: Sysctl
    number: int


@rule(
    "warning",
    outage="At the peak HAProxy cannot connect to its servers: customers get 503.",
    experiment="session_flood",
)
def source_ports_below_load(pair: Pair) -> Iterator[Found]:
    """Each connection to one server needs a source port of its own, out of net.ipv4.ip_local_port_range. The load is
    load.open_sessions of pair.toml. Judged are frontends with one backend, whose servers are lines of their own. A
    warning: an idle session of HTTP has no connection. Source: Linux, ip-sysctl.rst; HAProxy's configuration manual,
    5.2 source."""
    load = pair.site.load.open_sessions
    yield from once(found for node in pair.nodes if load for found in _short(node, load))


def _short(node: PairNode, load: int) -> Iterator[Found]:
    ports = _ports(node)
    for frontend in customers(node) if ports else ():
        backends = node.haproxy.backends(frontend)
        number = _number(backends[0]) if len(backends) == 1 else 0
        if ports and 0 < number * ports.number < load:
            yield Found(
                node.at_path(ports.setting.path, ports.setting.line),
                f"{node.name} has {ports.number} source ports for each of the {number} servers of {backends[0].name}, "
                f"and the stated load is {load} sessions: the rest finds no port.",
                f"{_NAME} = 1024 65535",
            )


def _number(backend: HaproxySection) -> int:
    """0 where a template, or a `source` with ports of its own, makes it unknown."""
    every = [each for each in servers(backend) if not each.backup]
    plain = all(each.line.begins("server") and "source" not in each.settings for each in every)
    return len(every) if plain and not backend.last("source") else 0


def _ports(node: PairNode) -> _Ports | None:
    said = sysctl_lines(node.site).get(_NAME)
    words = said.value.split() if said else []
    if said is None or len(words) != 2 or not all(word.isdecimal() for word in words):
        return None
    return _Ports(said, max(0, int(words[1]) - int(words[0]) + 1))
