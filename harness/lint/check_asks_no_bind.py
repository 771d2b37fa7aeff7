"""A check asks a port of its node where HAProxy does not listen."""

from collections.abc import Iterator

from harness.lint._answered import server_here, unheard
from harness.lint._asks import Ask, told
from harness.lint._checks import checks
from harness.lint._commands import names_haproxy, text_of
from harness.lint._contained import in_container
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched


@rule(
    "error",
    outage="The check always fails, and no node has the VIP; or another program answers, and HAProxy dies unnoticed.",
    experiment="none: it shows at the start",
)
def check_asks_no_bind(pair: Pair) -> Iterator[Found]:
    """A typing error in a port, a bind that was moved, 127.0.0.1 where HAProxy binds the VIP alone, or the port of a
    server that runs on the balancer itself, such as the API server of a Kubernetes node.

    Compared are the addresses and ports in the check's command and in the site's own scripts with the binds of
    haproxy.cfg. Left out are checks that name HAProxy's process as well, hosts that a variable gives, and ports that
    another line of haproxy.cfg names. A warning where another check of the instance asks for HAProxy, and where
    HAProxy seems to run in a container: its engine may publish another port than HAProxy binds.
    """
    yield from once(found for router in pair.routers for member in router.members for found in _unheard(pair, member))


def _unheard(pair: Pair, member: Member) -> Iterator[Found]:
    node = member.node
    deaf = {each.name: (each, ask) for each in checks(member) if (ask := unheard(pair, node, each))}
    for check, ask in deaf.values():
        if not names_haproxy(told(text_of(node, check.script.command))):
            said = f"The check {check.name} asks {_place(ask)}, and {_who(node, ask)}"
            instead = "a port of haproxy.cfg, such as `bind 127.0.0.1:8404` with `monitor-uri /alive`"
            contained = in_container(member)
            said += " HAProxy seems to run in a container, which may publish that port." if contained else ""
            weaker = contained or is_watched(member, *deaf)
            yield Found(check.place, said, instead, "warning" if weaker else None)


def _who(node: PairNode, ask: Ask) -> str:
    if here := server_here(node, ask.port):
        return f"no bind of HAProxy on {node.name} takes that: the server {here.name} answers, HAProxy dead or not."
    return f"no bind of HAProxy on {node.name} takes that."


def _place(ask: Ask) -> str:
    host = f"[{ask.host}]" if ":" in ask.host else ask.host
    return f"{host}:{ask.port}"
