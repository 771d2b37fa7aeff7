"""What a check needs beside HAProxy on its own node: without that, its failure says nothing of the pair."""

import re
from typing import Final, NamedTuple

from harness.lint._answered import at_balancer, passed_to_servers, same_host, unheard
from harness.lint._asks import Ask, told
from harness.lint._checks import Check
from harness.lint._commands import NETWORK, asks, names_haproxy, text_of
from harness.lint._contained import in_container
from harness.lint._pair import Member, Pair

_NAMES: Final = re.compile(
    r"\b(dig|drill|nslookup|host|getent|resolvectl|ntpq|chronyc|systemctl|docker|podman|nerdctl|crictl)\s"
)
"""A lab has no name server and no container engine, and of systemctl a stand-in."""
ASKS_SERVER: Final = "it asks the server "
SERVERS_ANSWER: Final = "for what servers answer"
_UNKNOWN: Final = "it cannot be told what it asks"
_KINDS: Final = {
    "network": "it looks at the network",
    "operator": "it looks at a file that an operator makes",
    "another process": "it looks for a process other than HAProxy",
    "unknown": _UNKNOWN,
}


class Beyond(NamedTuple):
    """`said`: ``it asks 192.0.2.1``. `operator`: a file that an operator makes, so it fails in usual operation too."""

    said: str
    operator: bool = False


def beyond(pair: Pair, member: Member, check: Check) -> Beyond | None:
    """None if it asks HAProxy on its node alone."""
    kind = asks(member, check.tracker)
    if said := _network(member, check) or _hosts(pair, member, check) or _published(pair, member, check):
        return Beyond(said)
    if kind == "balancer":
        sure = check.asks or names_haproxy(text_of(member.node, check.script.command))
        return None if sure else Beyond(_UNKNOWN)
    return Beyond(_KINDS[kind], kind == "operator") if kind in _KINDS else None


def _network(member: Member, check: Check) -> str:
    text = told(text_of(member.node, check.script.command))
    found = NETWORK.search(text) or _NAMES.search(text)
    return f"it runs {found[0].strip()}" if found else ""


def _hosts(pair: Pair, member: Member, check: Check) -> str:
    for ask in check.asks:
        if not ask.host:
            return _UNKNOWN
        if not at_balancer(pair, member.node, ask):
            return f"{ASKS_SERVER if _is_server(pair, member, ask) else 'it asks '}{ask.host}"
        if passed_to_servers(member.node, ask):
            return f"it asks port {ask.port} {SERVERS_ANSWER}"
    return ""


def _published(pair: Pair, member: Member, check: Check) -> str:
    """A port that the engine of HAProxy's container may publish; on a lab HAProxy runs without one."""
    deaf = unheard(pair, member.node, check)
    return f"it asks port {deaf.port}, which no bind of HAProxy takes" if deaf and in_container(member) else ""


def _is_server(pair: Pair, member: Member, ask: Ask) -> bool:
    frontends = member.node.haproxy.frontends
    every = (server for frontend in frontends for server in member.node.haproxy.servers(frontend))
    return any(same_host(pair, each.address.name, ask.host) for each in every)
