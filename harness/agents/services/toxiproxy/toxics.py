"""Toxiproxy of a node, through toxiproxy-python: the only file that imports it.

The library is unmaintained, knows one server per process, over TCP, and takes an error of the server (5xx) for
success. Here its requests go through the node's Unix socket, every answer is checked, and a toxic is read back:
Toxiproxy itself accepts misspelt attributes, negative times and a toxicity of 9.
"""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import msgspec
import toxiproxy.api
from toxiproxy import Toxiproxy
from toxiproxy.exceptions import NotFound
from toxiproxy.proxy import Proxy

from harness.agents.executor import taken_back
from harness.agents.services.node_files import NodeFiles
from harness.model.errors import AgentError, BadValue, UnknownName
from harness.model.ops import Toxic

SOCKET: Final = "/run/toxiproxy/api.sock"
PREFIX: Final = "harness-"
"""Of the names of our toxics."""
PATIENCE_S: Final = 5.0  # a toxic that is removed first lets its buffered data pass; Toxiproxy has its own lane
_ATTRIBUTES: Final = {
    "latency": ("latency", "jitter"),
    "bandwidth": ("rate",),
    "slow_close": ("delay",),
    "timeout": ("timeout",),
    "reset_peer": ("timeout",),
    "slicer": ("average_size", "size_variation", "delay"),
    "limit_data": ("bytes",),
}
"""Toxic → its attributes (Toxiproxy 2.12); each a number of zero or more."""


class RefusedByToxiproxy(AgentError):
    """It has answered, and changed nothing."""


@dataclass(frozen=True)
class _Answer:
    """The part of a response that the library reads."""

    status_code: int
    content: bytes

    def json(self) -> object:
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise AgentError(f"Toxiproxy: the answer is no JSON: {self.content[:80]!r}") from error


class _Connection(http.client.HTTPConnection):
    def __init__(self, files: NodeFiles) -> None:
        super().__init__("toxiproxy", timeout=PATIENCE_S)
        self._files = files

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE_S)
        self._files.connect(self.sock, SOCKET)


@dataclass(frozen=True)
class _Transport:
    """Replaces `requests` in the library."""

    files: NodeFiles

    def get(self, url: str, params: None = None) -> _Answer:  # noqa: ARG002 - the library always passes it
        return self._ask("GET", url)

    def delete(self, url: str) -> _Answer:
        return self._ask("DELETE", url)

    def post(self, url: str, data: None = None, json: object = None) -> _Answer:  # noqa: ARG002 - as above
        return self._ask("POST", url, json)

    def _ask(self, method: str, url: str, body: object = None) -> _Answer:
        connection = _Connection(self.files)
        try:
            connection.request(method, "/" + url.split("/", 3)[3], json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            answer = _Answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise AgentError(f"Toxiproxy does not answer: {error}") from error
        finally:
            connection.close()
        gone_already = method == "DELETE" and answer.status_code == http.HTTPStatus.NOT_FOUND
        if answer.status_code >= http.HTTPStatus.BAD_REQUEST and not gone_already:
            raise RefusedByToxiproxy(f"Toxiproxy: {answer.content.decode(errors='replace').strip()}")
        return answer


@dataclass(frozen=True)
class Toxicity:
    """One toxic of a running node: it ends with its Toxiproxy, and so does its effect."""

    op: Toxic
    init: int
    before: str = ""
    met: int | None = None

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.op.type}-{self.op.stream}"

    def apply(self) -> None:
        """A request without an answer in time may have had its effect, too: unless it is refused, it is taken back."""
        with (
            _proxy(self.op, self.init) as proxy,
            taken_back(partial(_removed, proxy, self.name), but=(RefusedByToxiproxy,)),
        ):
            proxy.add_toxic(
                name=self.name,
                type=self.op.type,
                stream=self.op.stream,
                toxicity=self.op.toxicity,
                attributes=dict(self.op.attributes),
            )
            self._read_back(proxy)

    def undo(self) -> None:
        with _proxy(self.op, self.init) as proxy:
            _removed(proxy, self.name)

    def _read_back(self, proxy: Proxy) -> None:
        toxic = proxy.get_toxic(self.name)
        wanted, present = dict(self.op.attributes), getattr(toxic, "attributes", {})
        if not wanted.items() <= present.items():
            raise AgentError(f"{self.op.node}: Toxiproxy has {present} after {wanted} was asked for.")


def _removed(proxy: Proxy, toxic: str) -> None:
    with suppress(NotFound):  # gone already
        proxy.destroy_toxic(toxic)


def prepare(op: Toxic, init: int) -> Toxicity:
    """Raises `BadValue` for a value that Toxiproxy would accept and ignore, `UnknownName` for a missing proxy."""
    _check(op)
    toxic = Toxicity(op, init)
    with _proxy(op, init) as proxy:
        if proxy.get_toxic(toxic.name):
            raise AgentError(f"{op.node}: {op.proxy} has a toxic {toxic.name} already.")
    return toxic


def restore(op: Toxic, init: int) -> None:
    """Undoes what an earlier process of the agent left. Raises `AgentError` if Toxiproxy does not answer."""
    Toxicity(op, init).undo()


class _Toxic(msgspec.Struct, frozen=True):
    name: str
    attributes: dict[str, float] = {}


class _Proxy(msgspec.Struct, frozen=True):
    toxics: tuple[_Toxic, ...] = ()


def every(init: int) -> Iterator[tuple[str, str, str]]:
    """(proxy, toxic, its attributes) of all that are there, of any client. Raises `AgentError`.

    Without the library, which serves one thread at a time.
    """
    answer = _Transport(NodeFiles.of(init)).get("http://toxiproxy/proxies")
    try:
        proxies = msgspec.json.decode(answer.content, type=dict[str, _Proxy])
    except msgspec.DecodeError as error:
        raise AgentError(f"Toxiproxy: the answer is not understood: {error}") from error
    for name, proxy in proxies.items():
        yield from ((name, each.name, str(each.attributes)) for each in proxy.toxics)


class Present(NamedTuple):
    """A toxic of the Toxiproxy in the node with this PID 1."""

    init: int
    proxy: str
    toxic: str


def ours(init: int) -> list[Present]:
    """All toxics with a name of ours. Raises `AgentError` if Toxiproxy does not answer."""
    return [Present(init, proxy, toxic) for proxy, toxic, _ in every(init) if toxic.startswith(PREFIX)]


def remove(present: Present) -> None:
    """One that is gone is no error. Raises `AgentError` if Toxiproxy does not answer."""
    _Transport(NodeFiles.of(present.init)).delete(f"http://toxiproxy/proxies/{present.proxy}/toxics/{present.toxic}")


def _check(op: Toxic) -> None:
    valid = _ATTRIBUTES.get(op.type)
    if valid is None:
        raise UnknownName("toxic", op.type, _ATTRIBUTES)
    for name, value in op.attributes:
        if name not in valid:
            raise UnknownName(f"attribute of {op.type}", name, valid)
        if value < 0:
            raise BadValue(name, value, "zero or more")
    if not 0 < op.toxicity <= 1:
        raise BadValue("toxicity", op.toxicity, "a share of the connections: more than 0, at most 1")


@contextmanager
def _proxy(op: Toxic, init: int) -> Iterator[Proxy]:
    """The library's proxy; its requests go to this node during the context."""
    library, toxiproxy.api.requests = toxiproxy.api.requests, _Transport(NodeFiles.of(init))
    try:
        proxies = Toxiproxy().proxies()
        if op.proxy not in proxies:
            raise UnknownName(f"proxy of {op.node}", op.proxy, proxies)
        yield proxies[op.proxy]
    finally:
        toxiproxy.api.requests = library
