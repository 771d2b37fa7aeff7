"""What a vantage point asks: the kind of frontend, and the request by which it is judged."""

import re
from ipaddress import AddressValueError, IPv4Address
from typing import Final, Literal, cast

import msgspec

from harness.model.errors import BadValue

Kind = Literal["http", "https", "tcp"]

VALID: Final = "http://HOST[:PORT][/PATH], https://HOST[:PORT][/PATH] or tcp://HOST:PORT"
_WRITTEN: Final = re.compile(r"(http|https|tcp)://([^:/?#]*)(?::([0-9]{1,5}))?(/[!\"%-~]*)?")
_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_NAME: Final = 253  # RFC 1035, without the final dot
EXPECTED: Final = 200  # the status of a right answer, where nothing else is said
_STATUSES: Final = range(200, 600)


class Endpoint(msgspec.Struct, frozen=True):
    """`host`: of the Host header and of SNI, as customers type it; the connection goes to the vantage point's VIP.

    `path` (with its query) and `expect`, the status of a right answer, are of HTTP: a ``tcp`` endpoint is served if any
    byte comes back.
    """

    kind: Kind
    host: str
    port: int
    path: str = "/"
    expect: int = EXPECTED

    @property
    def url(self) -> str:
        """As `endpoint` reads it."""
        if self.kind == "tcp":
            return f"tcp://{self.host}:{self.port}"
        port = "" if self.port == _PORTS[self.kind] else f":{self.port}"
        return f"{self.kind}://{self.host}{port}{self.path}"


def endpoint(asks: str, expects: int | None = None, vantage: str = "a vantage point") -> Endpoint:
    """From one URL-like word. Raises `BadValue`, which names the key and the vantage point."""
    match = _WRITTEN.fullmatch(asks)
    if not match:
        raise BadValue(f"asks of {vantage}", asks, f"{VALID}; PATH has no space, no # and no $ (write %24)")
    kind, host, written, path = match.groups()
    if not _is_host(host):
        raise BadValue(f"asks of {vantage}", asks, f"{VALID}; HOST is a host name or an IPv4 address")
    if kind == "tcp" and (not written or path):
        raise BadValue(f"asks of {vantage}", asks, f"{VALID}; tcp needs a port and has no path")
    port = int(written) if written else _PORTS[kind]
    if not 1 <= port <= 65535:
        raise BadValue(f"asks of {vantage}", asks, f"{VALID}; PORT is a number from 1 to 65535")
    return Endpoint(cast("Kind", kind), host, port, path or "/", _status(kind, expects, vantage))


def _status(kind: str, expects: int | None, vantage: str) -> int:
    if expects is None:
        return EXPECTED
    if kind == "tcp":
        raise BadValue(f"expects of {vantage}", expects, "no value: a tcp endpoint has no status")
    if expects not in _STATUSES:
        raise BadValue(f"expects of {vantage}", expects, "an HTTP status from 200 to 599")
    return expects


def _is_host(text: str) -> bool:
    """A name whose last label is a number would be an address (RFC 3986, 3.2.2), so it must be a right one."""
    labels = text.split(".")
    if labels[-1].isdecimal():
        return _is_address(text)
    return len(text) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, labels))


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True
