"""A port of a VIP at which one node speaks otherwise than another."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.lint._served import Offer, offered_twice
from harness.site.haproxy_bind import HaproxyBind

_ACCEPTS: Final = "accept-proxy"


@rule("error", outage="After a takeover no customer of that port is understood.", experiment="power_cut")
def port_differs(pair: Pair) -> Iterator[Found]:
    """One node ends TLS at a port and the other takes plain connections there, or one alone expects the PROXY protocol
    (`ssl` and `accept-proxy`, configuration manual, 5.1). Where customers are served by one node, they are refused by
    the other. A warning where the bind without `ssl` is of `mode tcp`, which may pass TLS on to servers that end it."""
    yield from once(found for router in pair.routers for each in offered_twice(router) for found in _differences(*each))


def _differences(one: Offer, other: Offer, vip: str, port: int) -> Iterator[Found]:
    for what, has in (("ends TLS", _ends_tls), ("expects the PROXY protocol", _expects_proxy)):
        if has(one.bind) != has(other.bind):
            having, lacking = (one, other) if has(one.bind) else (other, one)
            passes = has is _ends_tls and not lacking.frontend.http
            yield Found(
                place(lacking.node, lacking.bind.line),
                f"HAProxy on {having.node.name} {what} at port {port} of {vip}; on {lacking.node.name} it does not: "
                "after a takeover customers of that port are not understood.",
                f"the same words behind the address as on {having.node.name}",
                "warning" if passes else None,
            )


def _ends_tls(bind: HaproxyBind) -> bool:
    return bind.ssl


def _expects_proxy(bind: HaproxyBind) -> bool:
    return _ACCEPTS in bind.line.words
