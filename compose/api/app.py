"""The toy API: `/health`, and one read that answers the same for ever, so that any server's answer can be checked."""

import os

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

NODE = {"X-API-Node": os.environ.get("HARNESS_NODE", "")}
VENUES = ("Hall of Mirrors", "Old Brewery", "Harbour Stage", "Winter Garden")
LAST_EVENT = 1_000_000


async def health(_: Request) -> JSONResponse:
    return JSONResponse({"ok": True}, headers=NODE)


async def event(request: Request) -> JSONResponse:
    """`GET /event/7`: a pure function of the number; 404 outside 1…LAST_EVENT."""
    number: int = request.path_params["number"]
    if not 1 <= number <= LAST_EVENT:
        raise HTTPException(404, f"There is no event {number}.", headers=NODE)
    seats = 50 + number * 7919 % 950
    return JSONResponse({"id": number, "venue": VENUES[number % len(VENUES)], "seats": seats}, headers=NODE)


app = Starlette(routes=[Route("/health", health), Route("/event/{number:int}", event)])
