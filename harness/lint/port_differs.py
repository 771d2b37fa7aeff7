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
    the other. A warning where the bind without `ssl` is of `mode tcp`, which may pass TLS on to servers that end it,
    and where one node alone wants a certificate of each customer (`verify required`)."""
    both = [each for router in pair.routers for each in offered_twice(router)]
    yield from once(found for each in both for found in (*_differences(*each), *_certificates(*each)))


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


def _certificates(one: Offer, other: Offer, vip: str, port: int) -> Iterator[Found]:
    wanting = [each for each in (one, other) if each.bind.ssl and each.bind.line.after("verify") == "required"]
    if one.bind.ssl and other.bind.ssl and len(wanting) == 1:
        free = other if wanting[0] is one else one
        yield Found(
            place(wanting[0].node, wanting[0].bind.line),
            f"HAProxy on {wanting[0].node.name} wants a certificate of each customer at port {port} of {vip}; on "
            f"{free.node.name} it does not: a takeover refuses those that have none.",
            f"the same words behind the address as on {free.node.name}",
            "warning",
        )


def _ends_tls(bind: HaproxyBind) -> bool:
    return bind.ssl


def _expects_proxy(bind: HaproxyBind) -> bool:
    return _ACCEPTS in bind.line.words
