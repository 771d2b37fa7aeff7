"""The command line, called as a shell calls it."""

from collections.abc import Callable
from typing import NamedTuple


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Cli = Callable[..., Ended]
"""``cli("list", "--json")`` → exit status, stdout, stderr."""
