"""Requests per second if each connection asks again as soon as it is answered. Runs inside a container.

``python3 -c FILE URL TOKEN CONNECTIONS SECONDS``; prints answers per second. Needs only Python: the nodes have no load
generator that asks as fast as an API answers.
"""

import re
import selectors
import socket
import sys
import time
from typing import Final
from urllib.parse import urlsplit

LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
DEADLINE_S: Final = 5.0  # for one answer


def main(url: str, token: str, connections: str, seconds: str) -> None:
    server = urlsplit(url)
    request = f"GET {server.path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    with selectors.DefaultSelector() as selector:
        for _ in range(int(connections)):
            client = socket.create_connection((server.hostname, server.port), timeout=DEADLINE_S)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(request)
            selector.register(client, selectors.EVENT_READ)
        begun = time.monotonic()
        answers = answered(selector, request, begun + float(seconds))
        print(answers / (time.monotonic() - begun))


def answered(selector: selectors.BaseSelector, request: bytes, until: float) -> int:
    """Asks again on each connection that is answered; returns the number of answers."""
    answers, pending = 0, dict[int, bytes]()
    while time.monotonic() < until:
        for key, _ in selector.select(DEADLINE_S) or sys.exit(f"No answer for {DEADLINE_S} s."):
            client = key.fileobj
            assert isinstance(client, socket.socket)
            got = pending.pop(key.fd, b"") + client.recv(65536)
            if whole(got):
                answers += 1
                client.sendall(request)
            else:
                pending[key.fd] = got
    return answers


def whole(got: bytes) -> bool:
    """Is this a complete answer with status 200?"""
    head, ended, body = got.partition(b"\r\n\r\n")
    if not got or (ended and not head.startswith(b"HTTP/1.1 200 ")):
        sys.exit(f"Answered: {got[:200]!r}")
    found = LENGTH.search(head)
    return bool(ended and found and len(body) >= int(found[1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
