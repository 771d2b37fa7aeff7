"""The question to a TCP frontend: one line, and any byte in return.

A server that speaks first or echoes was reached. HAProxy accepts in any case; it closes without a byte if no server is
up.
"""

import time
from typing import Final

from harness.model.requests import Outcome
from locustfiles.connection import Connection
from locustfiles.stream import Result

QUESTION: Final = b"stand-in?\r\n"


def exchange(connection: Connection, timeout_ns: int) -> Result:
    """Raises `OSError`, of it `TimeoutError` after `timeout_ns`; `EOFError` at an end without a byte."""
    deadline = time.monotonic_ns() + timeout_ns
    if connection.heard:  # the rest of the last answer is no answer to this question; a greeting is one
        connection.drain()
    connection.send(QUESTION)
    if not connection.receive(deadline):
        raise EOFError
    return Result(Outcome.ok)
