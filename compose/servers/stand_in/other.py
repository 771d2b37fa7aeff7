"""Protocols that a client begins and that are known by their first bytes; every other byte comes back."""

from stand_in.peer import Peer

_PONG = b"+PONG\r\n"
_LDAP_BOUND = bytes.fromhex("61070a010004000400")
"""BindResponse, success (RFC 4511, 4.2.2)."""
_POSTGRES_VERSION = b"\x00\x03\x00\x00"
_POSTGRES_TLS = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
_POSTGRES_WELCOME = b"R\0\0\0\x08\0\0\0\0"


class Other:
    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def hear(self, data: bytes) -> None:
        self._peer.send(answer(data))


def answer(data: bytes) -> bytes:
    """Redis, LDAP and PostgreSQL as far as HAProxy's checks go (redis-check, ldap-check, pgsql-check); else an echo."""
    if data.startswith((b"*1\r\n$4\r\nPING\r\n", b"PING\r\n")):
        return _PONG
    if data[:1] == b"\x30" and data[2:4] == b"\x02\x01" and data[5:6] == b"\x60":
        return b"\x30\x0c\x02\x01" + data[4:5] + _LDAP_BOUND
    if data == _POSTGRES_TLS:
        return b"N"
    if data[4:8] == _POSTGRES_VERSION and int.from_bytes(data[:4], "big") == len(data):
        return _POSTGRES_WELCOME
    return data
