"""What is answered at one address and port, as harness/site/stand_in.py writes it."""

import base64
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class HttpAnswer:
    """To requests of that method and path; an empty one means any. Without a `body` the stand-in names itself."""

    method: str = ""
    path: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass(frozen=True)
class Exchange:
    """`hear`: b"" waits for nothing; None means any bytes. `say` is the answer."""

    hear: bytes | None
    say: bytes


@dataclass(frozen=True)
class Place:
    """`proxied`, `tls`: a PROXY header or a TLS handshake may come before the first word of a dialogue."""

    address: str
    port: int
    http: tuple[HttpAnswer, ...] = ()
    dialogues: tuple[tuple[Exchange, ...], ...] = ()
    agent: bool = False
    banner: bool = False
    proxied: bool = False
    tls: bool = False

    @property
    def name(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def unproxied(self) -> "Place":
        """After its PROXY header."""
        return replace(self, proxied=False)

    @property
    def bare(self) -> "Place":
        """After PROXY header and handshake."""
        return replace(self, proxied=False, tls=False)

    @property
    def greeting(self) -> tuple[Exchange, ...] | None:
        """The dialogue in which the server speaks first."""
        return next((each for each in self.dialogues if each and each[0].hear == b""), None)

    def dialogue(self, heard: bytes) -> tuple[Exchange, ...] | None:
        """The one that begins with these bytes: the longest, as "" and None fit everything."""
        fit = [each for each in self.dialogues if each and (each[0].hear is None or heard.startswith(each[0].hear))]
        return max(fit, key=lambda each: len(each[0].hear or b""), default=None)

    def answer(self, method: str, path: str) -> HttpAnswer:
        """Of the request with that method and path, else with that path, else 200."""
        fit = [each for each in self.http if each.path in (path, "")]
        exact = [each for each in fit if each.method in (method, "")]
        return next(iter([*exact, *fit]), HttpAnswer())


@dataclass(frozen=True)
class StandIns:
    """`names`: host name → addresses that DNS tells. `certified`: names in the certificate.

    `balancers`: address → name of the node.
    """

    places: tuple[Place, ...] = ()
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    nameservers: tuple[tuple[str, int], ...] = ()
    certified: tuple[str, ...] = ()
    balancers: dict[str, str] = field(default_factory=dict)


def read(document: dict[str, Any]) -> StandIns:
    """From decoded JSON. Raises `KeyError`, `TypeError` or `ValueError` for another shape."""
    return StandIns(
        tuple(_place(each) for each in document.get("places", ())),
        {name.lower(): tuple(addresses) for name, addresses in document.get("names", {}).items()},
        tuple((address, port) for address, port in document.get("nameservers", ())),
        tuple(document.get("certified", ())),
        document.get("balancers", {}),
    )


def _place(document: dict[str, Any]) -> Place:
    http = tuple(_http(each) for each in document.get("http", ()))
    dialogues = tuple(tuple(_exchange(each) for each in dialogue) for dialogue in document.get("dialogues", ()))
    return Place(**{**document, "http": http, "dialogues": dialogues})


def _http(document: dict[str, Any]) -> HttpAnswer:
    headers = tuple((name, value) for name, value in document.get("headers", ()))
    return HttpAnswer(**{**document, "headers": headers})


def _exchange(document: dict[str, Any]) -> Exchange:
    hear = document["hear"]
    return Exchange(None if hear is None else base64.b64decode(hear), base64.b64decode(document["say"]))
