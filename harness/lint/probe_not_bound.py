"""What customers ask, as pair.toml says, and no bind takes."""

from collections.abc import Iterator

from harness.lint._contained import in_container
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._place import Place
from harness.lint._probe import asked
from harness.lint._rule import Found, rule
from harness.lint._served import is_read
from harness.site.haproxy_bind import binds
from harness.site.pair_file import NAME


@rule("error", outage="Customers are refused on every node.", experiment="none: it shows at the start")
def probe_not_bound(pair: Pair) -> Iterator[Found]:
    """`probe` of pair.toml is a URL that customers ask at a VIP. If no frontend of a node binds its port there, the
    kernel refuses each of them; either haproxy.cfg or the probe is wrong. Left out are nodes whose binds a variable or
    a name gives; a warning where HAProxy seems to run in a container, which may publish another port."""
    yield from once(found for router in pair.routers for member in router.members for found in _refused(pair, member))


def _refused(pair: Pair, member: Member) -> Iterator[Found]:
    node = member.node
    every = [bind for frontend in node.haproxy.frontends for bind in binds(frontend)]
    for url in pair.site.probe if every and is_read(node) else ():
        host, port = asked(url)
        vip = pair.site.hosts.get(host, host)
        at_vip = [bind for bind in every if bind.covers(vip)]
        if port and vip in member.addresses and at_vip and not any(bind.address.has(port) for bind in at_vip):
            yield Found(
                Place(NAME, 0),
                f"The probe {url} asks port {port} of {vip}, and no bind of HAProxy on {node.name} takes it.",
                f"bind {vip}:{port} in haproxy.cfg, or the port that customers ask in probe",
                "warning" if in_container(member) else None,
            )
