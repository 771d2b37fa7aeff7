"""Takes the servers' addresses, listens on all of them, and answers until it is ended."""

import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from stand_in import dns, place, tls
from stand_in.connection import Connection, Listener
from stand_in.place import Place, StandIns

VARIABLE = "STAND_INS"
FILE = Path("/etc/stand-ins.json")
CERTIFICATE = Path("/usr/share/harness/stand-in.pem")
_BACKLOG = 4096
_SPARE = 500  # descriptors that are no connections: listeners, files
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3))
_SAID = 20  # exceptions that are told; further ones are alike


def main() -> None:
    given = read()
    take_addresses({each.address for each in given.places} | {address for address, _ in given.nameservers})
    asyncio.run(serve(given))


def read() -> StandIns:
    """From the environment, else from the file; nothing to stand for if neither is there."""
    text = os.environ.get(VARIABLE) or (FILE.read_text() if FILE.exists() else "{}")
    return place.read(json.loads(text))


def take_addresses(addresses: Iterable[str]) -> None:
    """On the loopback device: the kernel then answers ARP for them on every card. One that is there already stays."""
    every = (f"address replace {each}/{'128' if ':' in each else '32'} dev lo" for each in sorted(addresses))
    done = subprocess.run(
        ["ip", "-force", "-batch", "-"], input="\n".join(every), text=True, capture_output=True, check=False
    )
    if done.returncode:
        tell(f"not every address could be taken: {done.stderr.strip()}")


async def serve(given: StandIns) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_Exceptions())
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _SPARE - len(given.places)
    shared = Listener(given.balancers, tls.context(tls.certified(CERTIFICATE, given.certified)), most)
    listening = [await _listen(each, shared) for each in given.places]
    for address, port in given.nameservers:
        await _resolve(address, port, given.names)
    tell(f"stands for {sum(listening)} of {len(listening)} places, at most {most} connections at once")
    await asyncio.Event().wait()


async def _listen(each: Place, shared: Listener) -> bool:
    """With SO_REUSEPORT, as HAProxy has it: beside a wildcard bind of the same port the exact address goes first."""
    loop = asyncio.get_running_loop()
    made = partial(Connection, each, shared)
    try:
        server = await loop.create_server(made, each.address, each.port, backlog=_BACKLOG, reuse_port=True)
    except OSError as error:
        tell(f"cannot listen on {each.name}: {error}")
        return False
    for sock in server.sockets:
        _notice_death(sock)
    return True


def _notice_death(listening: socket.socket) -> None:
    """A balancer that lost its power says nothing more: its connections end after a minute and a half.

    On Linux a connection inherits these settings from the socket that listens.
    """
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        listening.setsockopt(socket.IPPROTO_TCP, option, value)


async def _resolve(address: str, port: int, names: Mapping[str, tuple[str, ...]]) -> None:
    loop = asyncio.get_running_loop()
    try:
        await loop.create_datagram_endpoint(lambda: dns.Datagrams(names), (address, port))
        await loop.create_server(lambda: dns.Stream(names), address, port)
    except OSError as error:
        tell(f"cannot listen on {address}:{port} as a name server: {error}")


class _Exceptions:
    """A peer's doing may raise what was not foreseen: its connection ends, this process does not, nor fills its log."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, _: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
        self._told += 1
        if self._told <= _SAID:
            tell(f"{context.get('message')}: {context.get('exception')!r}")


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
