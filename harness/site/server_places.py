"""Every address and port that HAProxy connects to for one backend: traffic, health checks, agents."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from harness.site.check_rules import CannotStandIn
from harness.site.haproxy import Haproxy
from harness.site.haproxy_bind import address, binds
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import HaproxyServer
from harness.site.haproxy_text import HaproxyLine
from harness.site.health_check import Asked, health_check
from harness.site.host_names import Names
from harness.site.server_settings import settings
from harness.site.stand_in import Place

_PORTS: Final = 64  # of a frontend, for a server that is asked at the client's own port
_RELATIVE: Final = re.compile(r":[+-]\d+$")
_PROXIED: Final = ("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn", "check-send-proxy")


class Piece(NamedTuple):
    """`server`: ``backend/server``. `over_http`: a check asks there by HTTP."""

    line: HaproxyLine
    server: str
    place: Place
    over_http: bool = False


class ServerPlaces(NamedTuple):
    """Of one server line, in one backend of one node."""

    haproxy: Haproxy
    backend: HaproxySection
    server: HaproxyServer
    names: Names

    def traffic(self) -> Iterator[Piece]:
        """Raises `CannotStandIn` for a server whose address is known at run time only."""
        made = Place("", 0, banner=not self.backend.http, tls=self._tls, proxied=self._proxied)
        for host in self._own_hosts():
            for port in self._ports():
                yield self._piece(made, host, port)

    def checks(self) -> Iterator[Piece]:
        """Raises `CannotStandIn`, also for what is expected and cannot be said."""
        own = self._settings
        if "check" in own:
            for asked in health_check(self.backend):
                yield from self._asked(asked)
        if "agent-check" in own and own.get("agent-port", "").isdigit():
            for host in self._hosts_at(own.get("agent-addr", "")):
                yield self._piece(Place("", 0, agent=True), host, int(own["agent-port"]))

    def _asked(self, asked: Asked) -> Iterator[Piece]:
        tls, proxied = asked.tls or self._tls, asked.proxied or self._proxied
        made = Place("", 0, asked.http, asked.dialogues, tls=tls, proxied=proxied)
        other = asked.port or self.server.check_port
        for host in self._hosts_at(asked.address or self.server.check_address):
            for port in (other,) if other else self._ports():
                yield self._piece(made, host, port)._replace(over_http=asked.over_http)

    def _piece(self, place: Place, host: str, port: int) -> Piece:
        server = f"{self.backend.name}/{self.server.name}"
        return Piece(self.server.line, server, replace(place, address=host, port=port))

    def _hosts_at(self, text: str) -> tuple[str, ...]:
        """`text` "": the server's own."""
        found = address(text) if text else None
        if found is None:
            return self._own_hosts()
        return (found.host,) if found.host else self._named(found.name)

    def _own_hosts(self) -> tuple[str, ...]:
        line, found = self.server.line, self.server.address
        written = line.word(3 if line.begins("server-template") else 2)
        if found.socket:
            raise CannotStandIn(line, f"the server is at {found.name}, a socket on the balancer itself")
        if _RELATIVE.search(written) or found.every or "$" in found.name:
            raise CannotStandIn(line, f"the server's address {written!r} is known only when HAProxy runs")
        return (found.host,) if found.host else self._named(found.name)

    def _named(self, name: str) -> tuple[str, ...]:
        return ("127.0.0.1",) if name == "localhost" else self.names.get(name, ())

    def _ports(self) -> tuple[int, ...]:
        """Its own; else the clients', of every frontend that leads here."""
        own = self.server.address.ports[0]
        if own:
            return (own,)
        leading = [each for each in self.haproxy.frontends if self.backend in self.haproxy.backends(each)]
        ranges = (bind.address.ports for each in leading for bind in binds(each))
        ports = (port for first, last in ranges for port in range(first, last + 1))
        return tuple(dict.fromkeys(ports))[:_PORTS]

    @property
    def _settings(self) -> Mapping[str, str]:
        return settings(self.server.settings)

    @property
    def _tls(self) -> bool:
        return bool(self._settings.keys() & {"ssl", "check-ssl"})

    @property
    def _proxied(self) -> bool:
        return bool(self._settings.keys() & set(_PROXIED))
