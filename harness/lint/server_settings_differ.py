"""The same server, used in another way by another node."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair, Router
from harness.lint._rule import Found, rule
from harness.lint._served import Offer, backends_twice, is_known, offered_twice, where
from harness.site.haproxy_server import HaproxyServer, servers
from harness.site.server_settings import settings

_PROXY: Final = ("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn")
_CHOICE: Final = ("backup", '"disabled"', "weight 0", "check port", "check-ssl")


@rule(
    "warning",
    outage="After a takeover servers refuse what they get, other servers get it, or sessions are lost.",
    experiment="power_cut",
)
def server_settings_differ(pair: Pair) -> Iterator[Found]:
    """A server takes one of two: connections that begin with the PROXY protocol or plain ones; TLS or plain text. A
    cookie's value must lead to the same server on all nodes, else a takeover takes each customer to another one. A
    database that is `backup` on one node and not on the other gets writes after a takeover. A server that was left
    `disabled`, or a check with another port, shows on the standby only when it is needed. Compared are servers with the
    same address in backends of the same name behind a port of a VIP. Source: HAProxy's configuration manual, 5.2."""
    yield from once(found for router in pair.routers for found in _differences(router))


def _differences(router: Router) -> Iterator[Found]:
    for one, other, _, _ in offered_twice(router):
        for here, there in backends_twice(one, other):
            theirs = {where(other.node, each): each for each in servers(there) if is_known(each)}
            for server in filter(is_known, servers(here)):
                if twin := theirs.get(where(one.node, server)):
                    yield from _compared(one, other, server, twin)


def _compared(one: Offer, other: Offer, server: HaproxyServer, twin: HaproxyServer) -> Iterator[Found]:
    ours, theirs = _told(server), _told(twin)
    for what in (each for each in ours if ours[each] != theirs.get(each, ours[each])):
        elsewhere = what in _CHOICE and server.address.name != twin.address.name  # each on its own node: two servers
        if not elsewhere and (what != "cookie" or (ours[what] and theirs[what])):
            yield Found(
                place(other.node, twin.line),
                f"{server.name} ({where(one.node, server)}) has {ours[what] or f'no {what}'} on {one.node.name} and "
                f"{theirs[what] or f'no {what}'} on {other.node.name}: a takeover changes "
                f"{'which servers are' if what in _CHOICE else 'how it is'} asked.",
                f"the same {what} on all nodes",
            )


def _told(server: HaproxyServer) -> dict[str, str]:
    said = settings(server.settings)
    return {
        "send-proxy": next((each for each in _PROXY if each in said), ""),
        "ssl": "ssl" if "ssl" in said else "",
        "cookie": f"cookie {said['cookie']}" if said.get("cookie") else "",
        "backup": "backup" if server.backup else "",
        '"disabled"': '"disabled"' if "disabled" in said else "",
        "weight 0": "weight 0" if said.get("weight") == "0" else "",
        **(_asked(server, said) if server.check else {}),
    }


def _asked(server: HaproxyServer, said: dict[str, str]) -> dict[str, str]:
    return {
        "check port": f"check port {server.check_port}" if server.check_port else "",
        "check-ssl": "check-ssl" if "check-ssl" in said else "",
    }
