"""The tokens that requests carry: those of the databases' data set (compose/database/data/1-tokens.sql), in turn.

An API without a database does not look at them.
"""

from collections.abc import Iterator
from hashlib import sha1
from itertools import cycle
from typing import Final

CREDENTIALS: Final = 20_000


def token(number: int) -> str:
    """KEY.SECRET of credential `number`, from 1 to `CREDENTIALS`."""
    return f"{_digest('key', number)[:16]}.{_digest('tok', number)}"


def tokens() -> Iterator[str]:
    """One after the other, for ever."""
    return map(token, cycle(range(1, CREDENTIALS + 1)))


def _digest(kind: str, number: int) -> str:
    return sha1(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()


TOKENS: Final = tokens()
