"""The calls of an API with a database: read, book, issue tokens, report. Every call authenticates first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api import events, tokens
from api.database import Database
from asyncmy.errors import IntegrityError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_EVENT = "SELECT id, venue, seats FROM {table} WHERE id = %s"
_COUNT = "SELECT COUNT(*) FROM {table} WHERE account_id = %s"


def database(request: Request) -> Database:
    held: Database = request.app.state.database
    return held


async def health(request: Request) -> JSONResponse:
    """Says that the server runs, without the database: it waits for no connection."""
    return JSONResponse({"ok": True, **database(request).load._asdict()})


async def account_of(request: Request) -> int:
    if (known := tokens.remembered(request)) is not None:
        return known  # without waiting for a connection
    async with database(request).reading() as connection:
        return await tokens.authenticate(request, connection)


async def me(request: Request) -> JSONResponse:
    return JSONResponse({"account": await account_of(request)})


async def event(request: Request) -> JSONResponse:
    """`GET /event/7` → the row, equal to `events.event(7)`; 404 if there is none."""
    number: int = request.path_params["number"]
    async with database(request).reading() as connection:
        await tokens.authenticate(request, connection)
        row = await connection.one(_EVENT.format(table=events.table(number)), (number,))
    if row is None:
        raise HTTPException(404, f"There is no event {number}.")
    return JSONResponse(dict(zip(("id", "venue", "seats"), row, strict=True)))


async def book(request: Request) -> JSONResponse:
    """`POST /booking {"request_id": "…", "event": 7}` → 201; the same request_id again → 200, booked once."""
    account = await account_of(request)
    request_id, number = await _wanted(request)
    try:
        async with database(request).writing() as connection:
            booking = await connection.run(
                "INSERT INTO booking (request_id, account_id, event_id) VALUES (%s, %s, %s)",
                (request_id, account, number),
            )
    except IntegrityError:
        return JSONResponse({"request_id": request_id, "repeated": True})
    return JSONResponse({"request_id": request_id, "booking": booking}, 201)


async def _wanted(request: Request) -> tuple[str, int]:
    try:
        body = await request.json()
        request_id, number = str(body["request_id"]), int(body["event"])
    except (ValueError, KeyError, TypeError) as error:
        raise HTTPException(400, 'A booking is {"request_id": "…", "event": 7}.') from error
    if not 1 <= len(request_id) <= 36 or not 1 <= number <= events.LAST:
        raise HTTPException(400, f"request_id has 1 to 36 characters, event is 1 to {events.LAST}.")
    return request_id, number


async def issue(request: Request) -> JSONResponse:
    """`POST /token` → 201 with a new token for the same account."""
    account = await account_of(request)
    return JSONResponse({"token": await tokens.issue(database(request), account)}, 201)


async def report(request: Request) -> JSONResponse:
    """`GET /report`: the account's events. Walks all 32 tables, one query each."""
    async with database(request).reading() as connection:
        account = await tokens.authenticate(request, connection)
        counts = [
            await connection.one(_COUNT.format(table=events.table(number)), (account % 500,))
            for number in range(events.TABLES)
        ]
    return JSONResponse({"account": account, "events": sum(int(str(row[0])) for row in counts if row)})


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.database = Database.of_environment()
    yield
    app.state.database.close()


def application() -> Starlette:
    routes = [
        Route("/health", health),
        Route("/me", me),
        Route("/event/{number:int}", event),
        Route("/report", report),
        Route("/booking", book, methods=["POST"]),
        Route("/token", issue, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
