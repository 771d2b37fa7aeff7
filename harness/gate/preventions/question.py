"""What a check may ask of the HAProxy on its own node, so that one that hangs is noticed. Pure.

Any answer counts, also 503: servers that are down are no reason to move an address.
"""

from collections.abc import Iterator
from typing import Final

from harness.lint import PairNode
from harness.site.haproxy_bind import binds

_OWN: Final = "127.0.0.1"
_CURL: Final = "/usr/bin/curl -k -s -m 1 -o /dev/null"


def question(node: PairNode) -> str | None:
    """A command; None if no frontend with HTTP listens on 127.0.0.1."""
    return next((f"{_CURL} {url}" for url in _urls(node)), None)


def _urls(node: PairNode) -> Iterator[str]:
    """A page of HAProxy's own first: customers do not fill its frontend."""
    http = [each for each in node.haproxy.frontends if each.http]
    for frontend in sorted(http, key=lambda each: bool(node.haproxy.servers(each))):
        for bind in binds(frontend):
            plain = not bind.interface and "accept-proxy" not in bind.line.words
            if plain and bind.covers(_OWN) and bind.address.ports[0]:
                yield f"{'https' if bind.ssl else 'http'}://{_OWN}:{bind.address.ports[0]}/"
