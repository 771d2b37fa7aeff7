"""The tokens of requests: some of the databases' data set (compose/database/data/1-tokens.sql), in turn.

Each token is used again and again, as by a customer's client. An API without a database ignores them.
"""

from collections.abc import Iterator
from hashlib import sha1
from itertools import cycle
from typing import Final

CREDENTIALS: Final = 20_000
IN_USE: Final = 200


def token(number: int) -> str:
    """KEY.SECRET of credential `number`, from 1 to `CREDENTIALS`."""
    return f"{_digest('key', number)[:16]}.{_digest('tok', number)}"


def tokens() -> Iterator[str]:
    """The tokens in use, one after the other, without end."""
    return cycle([token(number) for number in range(1, IN_USE + 1)])


def _digest(kind: str, number: int) -> str:
    return sha1(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()


TOKENS: Final = tokens()
