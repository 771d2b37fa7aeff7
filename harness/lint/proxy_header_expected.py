"""Customers who do not say what HAProxy waits for: the PROXY header."""

from collections.abc import Iterator

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._probe import asked
from harness.lint._rule import Found, rule
from harness.lint._served import Offer, offers
from harness.site.haproxy_text import HaproxyLine


@rule("warning", outage="Every connection of a customer is closed.", experiment="none: it shows at the start")
def proxy_header_expected(pair: Pair) -> Iterator[Found]:
    """A bind with `accept-proxy` takes no connection without the header of the PROXY protocol, which browsers do not
    send (configuration manual, 5.1). It belongs where another balancer stands before the VIP. Found at the port that
    `probe` asks, on every node that has it: what one node alone has is told by server-settings-differ and its like. A
    warning: the probe may stand for such a balancer."""
    yield from once(found for router in pair.routers for found in _expected(pair, router.members))


def _expected(pair: Pair, members: tuple[Member, ...]) -> Iterator[Found]:
    for url in pair.site.probe:
        host, port = asked(url)
        vip = pair.site.hosts.get(host, host)
        taking = [offer for each in members if vip in each.addresses and (offer := offers(each.node, vip).get(port))]
        waiting = [(offer, line) for offer in taking if (line := _waits(offer))]
        if len(waiting) == len(taking):
            for offer, line in waiting:
                yield Found(
                    place(offer.node, line),
                    f"HAProxy on {offer.node.name} waits at {vip}:{port} for a PROXY header, and the probe {url} says "
                    "that customers ask without one: it closes each connection.",
                    "accept-proxy only where another balancer sends the header",
                )


def _waits(offer: Offer) -> HaproxyLine | None:
    if "accept-proxy" in offer.bind.line.words:
        return offer.bind.line
    lines = offer.frontend.all("tcp-request", "connection", "expect-proxy")
    return next((line for line in lines if not {"if", "unless"} & set(line.words)), None)
