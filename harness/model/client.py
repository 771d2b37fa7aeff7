"""Whose plan is it? A client numbers its plans from its process id on, so that no two clients use one number."""

import os
import socket
from typing import Final

PLANS: Final = 1_000_000
"""So many a client may have."""


def holder() -> str:
    """The name of this process as holder of a lease: ``HOST:PID``."""
    return f"{socket.gethostname()}:{os.getpid()}"


def first_plan() -> int:
    """Of this process."""
    return os.getpid() * PLANS


def is_plan_of(client: str, plan: int) -> bool:
    """`client`: as `holder` names it."""
    return str(plan // PLANS) == client.rpartition(":")[2]
