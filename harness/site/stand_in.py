"""What stands in the place of a site's servers, as JSON for compose/servers/stand_in/place.py."""

import msgspec

Headers = tuple[tuple[str, str], ...]


class HttpAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """To requests of that method and path; an empty one means any. Without a `body` the stand-in names itself."""

    method: str = ""
    path: str = ""
    status: int = 200
    headers: Headers = ()
    body: str = ""


class Exchange(msgspec.Struct, frozen=True):
    """`hear`: b"" if the server speaks first; None if any bytes will do. `say` is the answer."""

    hear: bytes | None
    say: bytes


Dialogue = tuple[Exchange, ...]


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """One address and port. HTTP, TLS, a PROXY header, Redis, LDAP, PostgreSQL are known there by their first bytes.

    `agent`: it tells the state of a server, for ``agent-check``. `banner`: a client that says nothing gets a line.
    `proxied`, `tls`: a PROXY header or a TLS handshake may come before the first word of a dialogue.
    """

    address: str
    port: int
    http: tuple[HttpAnswer, ...] = ()
    dialogues: tuple[Dialogue, ...] = ()
    agent: bool = False
    banner: bool = False
    proxied: bool = False
    tls: bool = False


class StandIns(msgspec.Struct, frozen=True, omit_defaults=True):
    """For one process. `names`: host name → addresses that DNS tells at `nameservers`. `certified`: names in the
    certificate. `balancers`: address → node, by which an answer says from where the request came.
    """

    places: tuple[Place, ...] = ()
    names: dict[str, tuple[str, ...]] = {}
    nameservers: tuple[tuple[str, int], ...] = ()
    certified: tuple[str, ...] = ()
    balancers: dict[str, str] = {}

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that the node must have, servers and name servers."""
        return tuple(sorted({each.address for each in self.places} | {address for address, _ in self.nameservers}))
