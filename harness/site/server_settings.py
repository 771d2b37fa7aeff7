"""The settings of a server line by name. HAProxy's configuration manual, 5.2."""

from collections.abc import Iterable
from typing import Final

_WITH_VALUE: Final = (
    "addr", "agent-addr", "agent-inter", "agent-port", "agent-send", "alpn", "ca-file", "check-alpn",
    "check-pool-conn-name", "check-proto", "check-sni", "ciphers", "ciphersuites", "client-sigalgs", "cookie",
    "crl-file", "crt", "curves", "downinter", "error-limit", "fall", "fastinter", "guid", "hash-key", "id",
    "init-addr", "init-state", "inter", "log-bufsize", "log-proto", "max-reuse", "maxconn", "maxqueue", "minconn",
    "namespace", "npn", "observe", "on-error", "on-marked-down", "on-marked-up", "pool-conn-name", "pool-low-conn",
    "pool-max-conn", "pool-purge-delay", "port", "proto", "proxy-v2-options", "redir", "resolve-net",
    "resolve-opts", "resolve-prefer", "resolvers", "rise", "set-proxy-v2-tlv-fmt", "shard", "sigalgs", "slowstart",
    "sni", "socks4", "source", "ssl-max-ver", "ssl-min-ver", "tcp-ut", "track", "usesrc", "verify", "verifyhost",
    "weight", "ws",
)  # fmt: skip


def settings(words: Iterable[str]) -> dict[str, str]:
    """Name → value, "" if it has none. A later one counts, and ``no-NAME`` takes NAME away."""
    found: dict[str, str] = {}
    rest = iter(words)
    for name in rest:
        if name.startswith("no-"):
            found.pop(name.removeprefix("no-"), None)
        found[name] = next(rest, "") if name in _WITH_VALUE else ""
    return found
