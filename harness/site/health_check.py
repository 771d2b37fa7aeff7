"""How HAProxy asks the servers of a backend, and what they must say. HAProxy's configuration manual, 4.2 and 5.2."""

from typing import Final, NamedTuple

from harness.site.check_rules import CannotStandIn, CheckConnection, connections
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine
from harness.site.http_check import http_answers
from harness.site.stand_in import Dialogue, Exchange, HttpAnswer
from harness.site.tcp_check import dialogue

_OPTIONS: Final = (
    "httpchk", "tcp-check", "ssl-hello-chk", "mysql-check", "pgsql-check", "redis-check", "ldap-check", "smtpchk",
    "external-check", "spop-check",
)  # fmt: skip
_MYSQL_GREETING: Final = (
    b"\x0a8.0.36-stand-in\0\x01\0\0\0abcdefgh\0\xff\xf7\x21\x02\0\xff\xc1\x15"
    + bytes(10)
    + b"ijklmnopqrst\0mysql_native_password\0"
)
_MYSQL: Final = (
    Exchange(b"", len(_MYSQL_GREETING).to_bytes(3, "little") + b"\0" + _MYSQL_GREETING),
    Exchange(None, b"\x07\0\0\x02\0\0\0\x02\0\0\0"),
)
"""A handshake of protocol 10, and an OK packet to whatever follows (MySQL's protocol, connection phase)."""
_SMTP: Final = (Exchange(b"", b"220 stand-in ESMTP\r\n"), Exchange(None, b"250 stand-in\r\n"))
_CANNOT: Final = {
    "external-check": "external-check runs a program of the site on the balancer: its servers are as it says",
    "spop-check": "spop-check asks an agent of SPOE: no stand-in speaks its protocol",
}


class Asked(NamedTuple):
    """One connection of a check: whom it asks ("" and 0: the server itself), and what must be said."""

    address: str = ""
    port: int = 0
    http: tuple[HttpAnswer, ...] = ()
    dialogues: tuple[Dialogue, ...] = ()
    over_http: bool = False
    tls: bool = False
    proxied: bool = False


def health_check(backend: HaproxySection) -> tuple[Asked, ...]:
    """Raises `CannotStandIn`."""
    option = check_option(backend)
    kind = option.word(1) if option else ""
    if option and kind in _CANNOT:
        raise CannotStandIn(option, _CANNOT[kind])
    if option and kind == "httpchk":
        found = connections(backend, "http-check")
        return tuple(_asked(each)._replace(http=http_answers(option, each), over_http=True) for each in found)
    if kind == "tcp-check":
        return tuple(_spoken(each) for each in connections(backend, "tcp-check"))
    greeting = {"mysql-check": _MYSQL, "smtpchk": _SMTP}.get(kind)
    return (Asked(dialogues=(greeting,) if greeting else ()),)


def check_option(backend: HaproxySection) -> HaproxyLine | None:
    """The last one counts: each replaces the one before. None: HAProxy only connects."""
    found: HaproxyLine | None = None
    for line in (*backend.inherited, *backend.lines):
        if line.begins("option") and line.word(1) in _OPTIONS:
            found = line
        elif found and line.begins("no", "option", found.word(1)):
            found = None
    return found


def _asked(each: CheckConnection) -> Asked:
    return Asked(each.address, each.port, tls=each.tls, proxied=each.proxied)


def _spoken(each: CheckConnection) -> Asked:
    said = dialogue(each)
    return _asked(each)._replace(dialogues=(said,) if said else ())
