"""The one transport to everything in the lab: standard input and output of a process inside a container.

It needs no published port, no network and no bind mount, so it works with a remote engine and survives every fault.
When this process dies, the far end reads end-of-file: that is how an agent learns that its client is gone.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from functools import partial
from typing import Final, NoReturn

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from harness.model.errors import EnvironmentProblem, UnknownName

_HEADER: Final = struct.Struct(">BxxxI")  # Docker's attach protocol: stream 1 = stdout, 2 = stderr; payload length
_STDERR: Final = 2
_NOT_STARTED: Final = (126, 127)  # as a shell has them: not executable, not found


def find_container(client: docker.DockerClient, lab: str, service: str) -> Container:
    """A service's container. Raises `EnvironmentProblem` if the lab is down, `UnknownName` for a bad name."""
    labels = [f"com.docker.compose.project={lab}", f"com.docker.compose.service={service}"]
    found = client.containers.list(all=True, filters={"label": labels})
    return found[0] if found else _explain_missing(client, lab, service)


def _explain_missing(client: docker.DockerClient, lab: str, service: str) -> NoReturn:
    mine = client.containers.list(all=True, filters={"label": f"com.docker.compose.project={lab}"})
    if not mine:
        raise EnvironmentProblem(f"The lab {lab!r} is not up. Start it with: harness up --lab {lab}")
    raise UnknownName("service", service, [str(each.labels.get("com.docker.compose.service")) for each in mine])


class ExecStream:
    """A process in a container: write to its stdin, read its stdout; stderr's tail is kept for error messages."""

    def __init__(self, container: Container, argv: list[str], patience_s: float | None = None) -> None:
        """After `patience_s` without a byte the stream is at its end; None: it waits as long as the process runs.

        Raises `EnvironmentProblem` if the container is not running.
        """
        api = container.client.api  # type: ignore[union-attr]
        try:
            created = api.exec_create(container.id, argv, stdin=True, stdout=True, stderr=True, tty=False)
            raw = api.exec_start(created["Id"], socket=True, tty=False)
        except (APIError, NotFound) as error:
            raise EnvironmentProblem(
                f"Cannot run {argv[0]} in {container.name}: {error.explanation or error}"
            ) from error
        self._keep = raw  # the response owns the socket: without it the connection is closed
        self._socket: socket.socket = raw._sock  # type: ignore[union-attr]  # noqa: SLF001 - a SocketIO cannot write
        self._socket.settimeout(patience_s)
        self._write_lock = threading.Lock()
        self._state: Callable[[], dict[str, object]] = partial(api.exec_inspect, created["Id"])
        self._begun = False
        self.stderr = b""

    def write(self, data: bytes) -> None:
        with self._write_lock:
            self._socket.sendall(data)

    def read(self) -> bytes:
        """The next piece of stdout; ``b""`` at the end."""
        while True:
            header = self._exactly(_HEADER.size)
            if not header:
                return b""
            stream, length = _HEADER.unpack(header)
            payload = self._exactly(length)
            if stream != _STDERR and not self._is_refusal(payload):
                return payload
            self.stderr = (self.stderr + payload)[-4096:]

    def _is_refusal(self, payload: bytes) -> bool:
        """Is it the engine that says, on stdout, why the process did not start? As in a container that stops just now.

        moby, postContainerExecStart: the error and CR LF; ContainerExecStart has set the exit status before.
        """
        begun, self._begun = self._begun, True
        if begun or not payload.endswith(b"\r\n"):
            return False
        try:
            state = self._state()
        except APIError:  # the engine has forgotten this process, which therefore ran
            return False
        return not state["Running"] and state["ExitCode"] in _NOT_STARTED

    def close(self) -> None:
        with contextlib.suppress(OSError):  # the far end closed first: nothing left to shut down
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _exactly(self, count: int) -> bytes:
        pieces = []
        while count:
            try:
                piece = self._socket.recv(count)
            except OSError:
                return b""  # another thread called `close`, or patience has ended: the end of the stream
            if not piece:
                return b""
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)
