"""TLS between a balancer and its servers: which names their certificate must have, and where no stand-in is trusted."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from harness.site.haproxy import Haproxy
from harness.site.haproxy_server import HaproxyServer, servers
from harness.site.server_settings import settings
from harness.site.site import SiteNode

_CONSTANT: Final = re.compile(r"str\(([^()%]+)\)")


def certified_names(files: Iterable[Haproxy]) -> tuple[str, ...]:
    """``verifyhost``, and what ``sni`` says where it says the same for each connection."""
    every = (_names(server) for haproxy in files for each in haproxy.sections for server in servers(each))
    return tuple(sorted({name for names in every for name in names}))


def tls_problems(haproxy: Haproxy, server: HaproxyServer, node: SiteNode) -> Iterator[str]:
    """A certificate authority that the site brought has not signed our certificate."""
    own = settings(server.settings)
    if not own.keys() & {"ssl", "check-ssl"} or own.get("verify", _usual(haproxy)) == "none":
        return
    authority = in_base(haproxy, "ca-base", own.get("ca-file", ""))
    if own.get("ca-file", "").startswith("@") or own.get("ca-file") == "system-ca":
        yield "the server's certificate is verified with the authorities of the system, which did not sign a stand-in's"
    elif node.file(authority):
        yield f"the server's certificate is verified with {authority}, which did not sign a stand-in's"


def in_base(haproxy: Haproxy, keyword: str, path: str) -> str:
    """The absolute path: a relative one is below ``ca-base`` or ``crt-base`` of ``global``, if that is written."""
    lines = [line for each in haproxy.sections if each.kind == "global" for line in each.all(keyword)]
    base = lines[-1].word(1) if lines else ""
    return str(PurePosixPath(base, path)) if base and path else path


def _usual(haproxy: Haproxy) -> str:
    lines = [line for each in haproxy.sections if each.kind == "global" for line in each.all("ssl-server-verify")]
    return lines[-1].word(1) if lines else "required"


def _names(server: HaproxyServer) -> Iterator[str]:
    own = settings(server.settings)
    constant = _CONSTANT.fullmatch(own.get("sni", ""))
    yield from (each for each in (own.get("verifyhost"), own.get("check-sni"), constant and constant[1]) if each)
