"""Start the program: the shell, its routes, the security headers; `streamlit run app.py`."""

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components import states
from components.open_data_routes import OPEN_DATA_ROUTES
from components.session import AUTH_ROUTES, language
from config.locale import say
from config.settings import settings
from services.people import is_ready

log = logging.getLogger("ioc.app")

HEADERS = {
    "Content-Security-Policy": "; ".join((
        "default-src 'self'",
        "script-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss: blob: data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}  # fmt: skip


class SecurityHeaders:
    """Add the security headers to every HTTP response, Streamlit's own included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and the response back with its headers."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, send_secured if scope["type"] == "http" else send)


async def healthz(_: Request) -> JSONResponse:
    """Answer that the process lives."""
    return JSONResponse({"status": "ok"})


async def readyz(_: Request) -> JSONResponse:
    """Answer whether somebody could sign in now: 200, or 503 where the database does not answer."""
    try:
        await run_in_threadpool(is_ready)
    except Exception:
        log.exception("the database does not answer")
        return JSONResponse({"status": "unavailable"}, status_code=503)
    return JSONResponse({"status": "ready"})


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Say in the log which environment has started."""
    log.info("started: %s", settings().env)
    yield


def show_error(error: Exception) -> bool:
    """Show a short text with a code instead of the traceback, which goes to the log under the code."""
    code = f"E-{secrets.token_hex(4).upper()}"
    log.error("script error %s", code, exc_info=error)
    spoken = language()
    states.error(say("access.this_part", spoken), code=code, language=spoken)
    return True


logging.basicConfig(level="WARNING")
logging.getLogger("ioc").setLevel(settings().log_level)  # settings that cannot work refuse to start here
app = st.App(
    "components/shell.py",
    routes=[Route("/healthz", healthz), Route("/readyz", readyz), *AUTH_ROUTES, *OPEN_DATA_ROUTES],
    middleware=[Middleware(SecurityHeaders)],
    lifespan=lifespan,
    on_script_error=show_error,
)
