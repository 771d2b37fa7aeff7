"""No node brought a haproxy.cfg: what serves behind the VIP is not judged."""

from collections.abc import Iterator

from harness.lint._frontends import has_cfg
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.site.site import KEEPALIVED


@rule("note", outage="Not known: what answers at the VIP was not looked at.", experiment="none: the file is missing")
def no_haproxy_cfg(pair: Pair) -> Iterator[Found]:
    """keepalived moves an address for nginx or a database as well, and the rules about keepalived hold for it. Of the
    program itself nothing is known here; a check of any process counts as one of it. Where one node has a haproxy.cfg,
    `haproxy-file-not-supplied` tells of the others."""
    if not any(map(has_cfg, pair.nodes)):
        yield Found(
            pair.nodes[0].at_path(KEEPALIVED),
            "No node has a haproxy.cfg: only keepalived.conf was judged, and not what serves at the VIP.",
            "haproxy.cfg in nodes of pair.toml, if HAProxy serves",
        )
