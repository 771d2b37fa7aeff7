"""A container of the balancers' image for one question: one line of JSON in, one line of JSON out, then it is removed.

It has no network and no bind mount, few processes, little memory and time. If this process was killed, `harness clean`
finds it by its label.
"""

import contextlib
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

import docker
from docker.errors import APIError
from docker.models.containers import Container
from docker.types import LogConfig, Ulimit
from docker.utils.socket import frames_iter

from harness.lab import images
from harness.lab.dockerfile import PREFIX
from harness.model.errors import EnvironmentProblem
from harness.model.release import USUAL_RELEASE

IMAGE: Final = f"{PREFIX}balancer"
LABEL: Final = "failover-harness.one-off"
WRITABLE: Final = ("/run", "/tmp")  # noqa: S108 - in the container
NODE_CAPABILITIES: Final = ("NET_ADMIN", "NET_RAW", "SETGID", "SETUID", "SYS_CHROOT", "KILL", "CHOWN", "FOWNER")
"""As a balancer of a lab has them (compose/compose.yaml)."""
PORTS: Final = {"net.ipv4.ip_unprivileged_port_start": "0"}
_NOFILE: Final = 20000  # as a node has them (compose/compose.yaml)
_STDERR: Final = 2
_LONGEST: Final = 20_000_000  # bytes: a program of a site may write to the container's output without end


def image(release: str = USUAL_RELEASE) -> str:
    """The balancers' image of a Debian release."""
    return f"{IMAGE}:{images.tag()}" if release == USUAL_RELEASE else f"{IMAGE}:{images.tag()}-{release}"


@contextmanager
def container(
    client: docker.DockerClient,
    command: list[str],
    patience_s: int,
    *,
    of: str | None = None,
    read_only: bool = True,
    capabilities: Iterable[str] = (),
    writable: Iterable[str] = WRITABLE,
    sysctls: Mapping[str, str] | None = None,
    hosts: Mapping[str, str] | None = None,
    hostname: str = "",
) -> Iterator[Container]:
    """Created, not started; removed at the end. It ends by itself after `patience_s`, also if this process has ended.

    Raises `EnvironmentProblem` if the engine refuses it.
    """
    own = _Own(of or image(), read_only, (*capabilities,), (*writable,), sysctls or {}, hosts or {}, hostname)
    try:
        created = _create(client, command, patience_s, own)
    except APIError as error:
        raise EnvironmentProblem(f"The engine refuses a container of {own.image}: {error.explanation}") from error
    try:
        yield created
    finally:
        created.remove(force=True, v=True)


class _Own(NamedTuple):
    """In what one container differs from another."""

    image: str
    read_only: bool
    capabilities: tuple[str, ...]
    writable: tuple[str, ...]
    sysctls: Mapping[str, str]
    hosts: Mapping[str, str]
    hostname: str


def _create(client: docker.DockerClient, command: list[str], patience_s: int, own: _Own) -> Container:
    return client.containers.create(
        own.image,
        ["timeout", "--signal=KILL", str(patience_s), *command],
        labels={LABEL: command[0]},
        stdin_open=True,
        network_mode="none",
        cap_drop=["ALL"],
        cap_add=[*own.capabilities],
        security_opt=["no-new-privileges"],
        read_only=own.read_only,
        tmpfs=dict.fromkeys(own.writable, "exec,size=32m"),  # keepalived asks whether a script may be executed
        mem_limit="256m",
        memswap_limit="256m",
        pids_limit=64,
        ulimits=[Ulimit(name="nofile", soft=_NOFILE, hard=_NOFILE)],
        sysctls={**PORTS, **own.sysctls},
        extra_hosts={**own.hosts},
        hostname=own.hostname or None,
        log_config=LogConfig(type=LogConfig.types.NONE),  # its output is read here, and fills no disk
        use_config_proxy=False,  # ~/.docker/config.json: a proxy's address may have a password
    )


def converse(client: docker.DockerClient, asked: Container, question: bytes, patience_s: int) -> bytes:
    """Sends one line to the container's program; returns its stdout.

    Raises `EnvironmentProblem` with its stderr if it has none.
    """
    raw = client.api.attach_socket(str(asked.id), {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    channel: socket.socket = raw._sock  # noqa: SLF001 - a SocketIO cannot write
    try:
        asked.start()
        channel.sendall(question + b"\n")
        pieces = list(_limited(frames_iter(raw, tty=False)))  # type: ignore[no-untyped-call]
    finally:
        _hang_up(channel)
    said = b"".join(piece for stream, piece in pieces if stream != _STDERR)
    if not said:
        last = b"".join(piece for _, piece in pieces).decode(errors="replace").strip()[-500:]
        what = f"its last output: {last}" if last else f"no output within {patience_s} s"
        raise EnvironmentProblem(f"A container of {IMAGE} did not answer; {what}.")
    return said


def _hang_up(channel: socket.socket) -> None:
    """Else the engine waits for a reader of the rest, and does not remove the container."""
    with contextlib.suppress(OSError):  # it is closed already
        channel.shutdown(socket.SHUT_RDWR)


def _limited(pieces: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Raises `EnvironmentProblem` for what is no answer any more."""
    size = 0
    for stream, piece in pieces:
        size += len(piece)
        if size > _LONGEST:
            raise EnvironmentProblem(f"A container of {IMAGE} wrote more than {_LONGEST} bytes: it was ended.")
        yield stream, piece


def remove_left(client: docker.DockerClient, label: str = LABEL) -> int:
    """Those that a killed process left behind → how many. Others that run now are removed too.

    A node of a gate has the label without a value: its image was made of such a container.
    """
    left = [each for each in client.containers.list(all=True, filters={"label": label}) if each.labels.get(LABEL)]
    for each in left:
        each.remove(force=True, v=True)
    return len(left)
