"""The tokens that requests carry: some of the databases' data set (compose/database/data/1-tokens.sql), in turn.

A customer's client comes again and again with the same one. An API without a database does not look at them.
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
    """Those in use, one after the other, for ever."""
    return cycle([token(number) for number in range(1, IN_USE + 1)])


def _digest(kind: str, number: int) -> str:
    return sha1(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()


TOKENS: Final = tokens()
