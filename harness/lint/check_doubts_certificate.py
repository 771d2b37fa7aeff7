"""A check that wants a certificate for an address that no certificate names."""

from collections.abc import Iterator

from harness.lint._answered import at_balancer, taken_by
from harness.lint._asks import Ask
from harness.lint._checks import checks
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import ip


@rule(
    "warning",
    outage="The check fails while HAProxy lives: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def check_doubts_certificate(pair: Pair) -> Iterator[Found]:
    """`curl https://127.0.0.1/` without -k compares the address with the certificate, which names the customers' host:
    it ends with status 60 whatever HAProxy answers. Found where every question of a check is one of TLS at a loopback,
    localhost or an address of the pair. A warning: a certificate may list the address. Source: curl(1), --insecure."""
    yield from once(found for router in pair.routers for member in router.members for found in _doubting(pair, member))


def _doubting(pair: Pair, member: Member) -> Iterator[Found]:
    for check in checks(member):
        if check.asks and all(_doubts(pair, member.node, each) for each in check.asks):
            ask = check.asks[0]
            yield Found(
                check.place,
                f"The check {check.name} of {member.node.name} asks https://{ask.host}:{ask.port} and verifies the "
                f"certificate: unless that names {ask.host}, the check fails while HAProxy lives.",
                "curl -k, or --resolve with the name in the certificate",
            )


def _doubts(pair: Pair, node: PairNode, ask: Ask) -> bool:
    bare = ask.host == "localhost" or ip(ask.host) is not None
    taken = taken_by(node, ask) if bare and at_balancer(pair, node, ask) else None
    return ask.kind == "https" and not ask.unverified and taken is not None and taken[1].ssl
