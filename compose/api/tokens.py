"""Token authentication: one query for each call of the API, thousands of times a second. The hot query of July 22."""

import secrets
import time

from api import features
from api.database import Connection, Database
from starlette.exceptions import HTTPException
from starlette.requests import Request

BUCKETS = 16_339
FIRST_PARTY = 0  # the platform's own app: 97.2 % of all tokens
_SHARE = 0.972
_REMEMBERED_S = 60.0
_MOST_SEEN = 100_000
_seen: dict[str, tuple[int, float]] = {}  # Authorization → account, until when

_QUERY = """SELECT t.id, t.account_id, t.scopes FROM credential c JOIN token t {hint}
ON t.bucket = c.bucket AND t.client_id = c.client_id
WHERE c.api_key = %s AND c.enabled = 1 AND t.secret = UNHEX(%s) AND t.revoked = 0"""
CHOSEN_BY_OPTIMIZER = _QUERY.format(hint="")
FORCED = _QUERY.format(hint="FORCE INDEX (ix_bucket)")


def statement() -> str:
    """Called after the wait for a connection, so that the present state of the switch counts."""
    return FORCED if features.on(features.FORCE_INDEX) else CHOSEN_BY_OPTIMIZER


def remembered(request: Request) -> int | None:
    """The account, if the feature is on and this server saw the token lately. A revoked token works for up to 60 s."""
    account, until = _seen.get(_header(request), (0, 0.0))
    return account if until > time.monotonic() and features.on(features.CACHE_TOKENS) else None


async def authenticate(request: Request, connection: Connection) -> int:
    """→ the account of ``Authorization: Bearer KEY.SECRET`` (secret: 40 hexadecimal digits). Raises 401."""
    if (known := remembered(request)) is not None:
        return known
    scheme, _, credentials = _header(request).partition(" ")
    key, _, secret = credentials.partition(".")
    row = await connection.one(statement(), (key, secret)) if scheme == "Bearer" else None
    if row is None:
        raise HTTPException(401, "The token is not valid.")
    _remember(_header(request), int(row[1]))
    return int(row[1])


def _header(request: Request) -> str:
    return request.headers.get("authorization", "")


def _remember(header: str, account: int) -> None:
    if features.on(features.CACHE_TOKENS):
        if len(_seen) >= _MOST_SEEN:
            _seen.clear()
        _seen[header] = account, time.monotonic() + _REMEMBERED_S


async def issue(database: Database, account: int) -> str:
    """A new token with a credential of its own → KEY.SECRET."""
    secret, key = secrets.token_bytes(20), secrets.token_hex(8)
    bucket = int.from_bytes(secret[:4]) % BUCKETS
    first_party = secret[-1] < _SHARE * 256
    client = FIRST_PARTY if first_party else 1 + int.from_bytes(secret[4:7])
    async with database.writing() as connection:
        await connection.run(
            "INSERT INTO token (bucket, client_id, secret, account_id, expires_at)"
            " VALUES (%s, %s, UNHEX(%s), %s, NOW() + INTERVAL 1 DAY)",
            (bucket, client, secret.hex(), account),
        )
        await connection.run(
            "INSERT INTO credential (api_key, bucket, client_id) VALUES (%s, %s, %s)", (key, bucket, client)
        )
    return f"{key}.{secret.hex()}"
