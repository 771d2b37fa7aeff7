"""Whose plan is it? A client numbers its plans from a checksum of its name on.

Not from its process id alone: in two containers that work on one lab, two clients may have the same one.
"""

import os
import socket
import zlib
from typing import Final

PLANS: Final = 1_000_000
"""So many a client may have."""


def holder() -> str:
    """The name of this process as holder of a lease: ``HOST:PID``."""
    return f"{socket.gethostname()}:{os.getpid()}"


def first_plan() -> int:
    """Of this process. Below 2 ** 53, so that JSON keeps it whole."""
    return number_of(holder()) * PLANS


def is_plan_of(client: str, plan: int) -> bool:
    """`client`: as `holder` names it."""
    return plan // PLANS == number_of(client)


def number_of(client: str) -> int:
    """Of 32 bits."""
    return zlib.crc32(client.encode())
