"""What the network agent sees of all that its ops can change: links, addresses, routes, ARP entries, qdiscs, nftables.

In threads and processes of its own, so that no deadline waits for it: `ip`, `tc` and `nft` are asked in each namespace.
"""

import errno
import hashlib
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Final

import msgspec

from harness.agents.leftover import Leftover
from harness.agents.network.namespace import inside_namespace_of
from harness.agents.network.nft import Drops
from harness.agents.network.nft_rules import SOME, TABLE
from harness.agents.network.ring_rules import SHUT
from harness.agents.network.ring_rules import TABLE as RINGS
from harness.model.survey import Survey, Thing, Unasked
from harness.model.topology import Topology

OWN: Final = "network-agent"
"""Where the switches are, and the outer end of each cable."""
PATIENCE_S: Final = 5
_OURS: Final = "4841:"  # the handle of `netlink.token_bucket`
_MADE_BY_KEEPALIVED: Final = ("macvlan", "ipvlan")
_CHANGING: Final = ("kernel", "keepalived")  # routes that come and go with a VIP
_DOCKERS_RESOLVER: Final = "127.0.0.11"
_PORT: Final = re.compile(r"(?<=sport )\d+|(?<=:)\d+")


class _Address(msgspec.Struct, frozen=True):
    family: str = ""
    local: str = ""
    prefixlen: int = 0


class _Kind(msgspec.Struct, frozen=True):
    info_kind: str = ""


class _Link(msgspec.Struct, frozen=True):
    ifname: str = ""
    flags: tuple[str, ...] = ()
    address: str = ""
    linkinfo: _Kind = _Kind()
    addr_info: tuple[_Address, ...] = ()


class _Route(msgspec.Struct, frozen=True):
    dst: str = ""
    gateway: str = ""
    dev: str = ""
    protocol: str = ""


class _Neighbour(msgspec.Struct, frozen=True):
    dst: str = ""
    dev: str = ""
    lladdr: str = ""


class _Qdisc(msgspec.Struct, frozen=True):
    kind: str = ""
    handle: str = ""
    dev: str = ""


Enter = Callable[[], AbstractContextManager[None]]
"""Into a namespace."""
_links = msgspec.json.Decoder(tuple[_Link, ...])
_routes = msgspec.json.Decoder(tuple[_Route, ...])
_neighbours = msgspec.json.Decoder(tuple[_Neighbour, ...])
_qdiscs = msgspec.json.Decoder(tuple[_Qdisc, ...])


def survey(topology: Topology, pids: Mapping[str, int]) -> Survey:
    """`pids`: the wired nodes. What cannot be asked is in `unasked`, with the reason."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # this thread's may be the loop's real-time one
    found = _asked(OWN, nullcontext, frozenset())
    for name in topology.nodes:
        if name in pids:
            found += _asked(name, partial(inside_namespace_of, pids[name]), _vips(topology, name))
        else:
            found += _unasked(name, "it has no cables: it does not run")
    return found


def left(pids: Iterable[int], drops: Drops) -> Leftover:
    """Looks for what is ours. Raises `OSError`."""
    contexts: list[Enter] = [nullcontext, *(partial(inside_namespace_of, pid) for pid in pids)]
    found = [(enter, device) for enter in contexts for device in _buckets(enter)]
    return Leftover(partial(_remove, found, drops), lambda: None)


def _buckets(enter: Enter) -> list[str]:
    """The devices with a qdisc of ours."""
    with enter():
        return [each.dev for each in _qdiscs.decode(_said("tc", "-j", "qdisc") or b"[]") if each.handle == _OURS]


def _remove(found: Iterable[tuple[Enter, str]], drops: Drops) -> None:
    drops.clear()
    for enter, device in found:
        with enter():
            _said("tc", "qdisc", "del", "dev", device, "root", "handle", _OURS)


def _vips(topology: Topology, node: str) -> frozenset[str]:
    """A router's VIPs are on one of its nodes, now here, now there: no fault of ours need have moved them."""
    return frozenset(vip.address for vip in topology.vips if node in vip.nodes)


def _asked(where: str, enter: Enter, vips: frozenset[str]) -> Survey:
    try:
        with enter():
            return Survey(tuple(_things(where, vips)))
    except (OSError, msgspec.DecodeError) as error:
        return _unasked(where, f"its network does not tell: {error}")


def _unasked(where: str, why: str) -> Survey:
    return Survey(unasked=(Unasked(where, "network", why),))


def _thing(where: str, what: str, state: str, *, ours: bool = False) -> Thing:
    return Thing(where, "network", what, state, ours)


def _things(where: str, vips: frozenset[str]) -> Iterator[Thing]:
    yield from _of_links(where, _links.decode(_said("ip", "-j", "-d", "addr") or b"[]"), vips)
    for route in _routes.decode(_said("ip", "-j", "-4", "route") or b"[]"):
        if route.protocol not in _CHANGING:
            yield _thing(where, f"route {route.dst}", f"via {route.gateway or 'its link'} {route.dev}")
    for entry in _neighbours.decode(_said("ip", "-j", "-4", "neigh", "show", "nud", "permanent") or b"[]"):
        yield _thing(where, f"permanent ARP entry {entry.dev} {entry.dst}", entry.lladdr)
    for qdisc in _qdiscs.decode(_said("tc", "-j", "qdisc") or b"[]"):
        if qdisc.kind != "noqueue":
            ours = qdisc.handle == _OURS
            yield _thing(where, f"qdisc {qdisc.dev} {qdisc.handle}", qdisc.kind, ours=ours)
    yield from _of_rules(where, _said("nft", "-s", "list", "ruleset").decode(errors="replace"))


def _of_links(where: str, links: Iterable[_Link], vips: frozenset[str]) -> Iterator[Thing]:
    for link in links:
        if link.ifname == "lo" or link.linkinfo.info_kind in _MADE_BY_KEEPALIVED:
            continue
        mac = f" {link.address}" if where != OWN else ""
        yield _thing(where, f"link {link.ifname}", f"{'up' if 'UP' in link.flags else 'down'}{mac}")
        for address in link.addr_info:
            if address.family == "inet" and address.local not in vips:
                yield _thing(where, f"address {address.local}", f"{link.ifname} /{address.prefixlen}")


def _of_rules(where: str, text: str) -> Iterator[Thing]:
    """Foreign tables by a digest; of our own each element of a set: an op in force, or one that was left."""
    for table in _tables(text):
        head = table.splitlines()[0].removesuffix("{").strip()
        name = head.split()[-1]
        if where == OWN and name in (TABLE, SOME):
            yield from (_thing(where, f"element of {head}", each, ours=True) for each in _elements(table))
        elif where == OWN and name == RINGS:  # what REP holds blocked changes with each failure in a ring
            yield from (_thing(where, "storm guard", each) for each in _elements(table) if each.startswith(SHUT))
        elif name != "keepalived":
            digest = hashlib.sha256(_without_ports(table).encode()).hexdigest()[:12]
            yield _thing(where, f"nftables {head}", f"{len(table.splitlines())} lines, {digest}")


def _without_ports(table: str) -> str:
    """Docker's resolver has other ports after each start of a container: a reboot changes no rule."""
    lines = table.splitlines()
    return "\n".join(_PORT.sub("N", line) if _DOCKERS_RESOLVER in line else line for line in lines)


def _tables(ruleset: str) -> Iterator[str]:
    """Each table's text: ``nft list ruleset`` begins each in the first column, and ends it with a brace there."""
    lines: list[str] = []
    for line in ruleset.splitlines():
        lines.append(line)
        if line == "}":
            yield "\n".join(lines)
            lines = []


def _elements(table: str) -> Iterator[str]:
    """One for each set that has elements. ``elements = { "lb-ext-1.ex", … }`` may take several lines."""
    inside = ""
    for line in table.splitlines():
        word = line.strip()
        if word.startswith("set "):
            inside = word.split()[1]
        elif word.startswith("elements = "):
            yield f"{inside}: {word.removeprefix('elements = ')}"


def _said(*argv: str) -> bytes:
    """Raises `OSError`, also for a program that fails or takes too long."""
    try:
        return subprocess.run(argv, capture_output=True, check=True, timeout=PATIENCE_S).stdout
    except subprocess.SubprocessError as error:
        raise OSError(errno.EIO, str(error)) from error
