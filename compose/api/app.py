"""The toy API: `/health`, and a read with a constant answer, so that the answer of any server can be checked.

With DATABASE=HOST:PORT every call first authenticates by its token, and there are more calls (`business`).
"""

import os

from api import events
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NODE = os.environ.get("HARNESS_NODE", "").encode()


async def health(_: Request) -> JSONResponse:
    return JSONResponse({"ok": True})


async def event(request: Request) -> JSONResponse:
    """`GET /event/7`: a pure function of the number; 404 outside 1…LAST."""
    number: int = request.path_params["number"]
    if not 1 <= number <= events.LAST:
        raise HTTPException(404, f"There is no event {number}.")
    return JSONResponse(events.event(number))


def signed(inner: ASGIApp) -> ASGIApp:
    """Adds the server's name to every response, also of an error."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-api-node", NODE)]
            await send(message)

        await inner(scope, receive, send_signed)

    return app


def build() -> ASGIApp:
    if not os.environ.get("DATABASE"):
        return signed(Starlette(routes=[Route("/health", health), Route("/event/{number:int}", event)]))
    from api import business  # noqa: PLC0415 - a lab without a database does not load the client library

    return signed(business.application())


app = build()
