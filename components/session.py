"""Who is looking: the session behind the cookie, the second lock of every page, the language, signing out."""

from json import JSONDecodeError

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from components import states
from components.sign_in import has_signed_on, sign_in
from config.locale import LANGUAGES, say
from config.pages import page_named
from services.access import CITIZEN, Decision, Viewer, may_open
from services.people import close_session, lookup, redeem_ticket

COOKIE = "ioc_session"
LANGUAGE_KEY = "lang"
TICKET_BRIDGE = """
export default function ({ data }) {
  fetch('/auth/session', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ticket: data.ticket }),
  })
}
"""


def person() -> Viewer | None:
    """Return who is signed in now, looked up at each call so that a revoked session ends at once."""
    token = next(iter(_tokens()), None)
    return lookup(token) if token else None


def require(page_id: str) -> Viewer:
    """Return the viewer of a page, or stop the script with the sign-in screen or a refusal.

    Each page calls it first, so that a page run without the shell still lets nobody in.
    """
    page, viewer = page_named(page_id), person()
    if page.access == "public":
        return viewer or CITIZEN
    if viewer is None:
        sign_in(language())
        st.stop()
    decision = may_open(viewer, page)
    if not decision:
        refuse(decision)
        st.stop()
    return viewer


def refuse(decision: Decision) -> None:
    """Draw the state of a page that the viewer may not open."""
    spoken = language()
    why = decision.reason_en if spoken == "en" else decision.reason_vi
    states.empty(why, language=spoken, title=say("access.no_permission_title", spoken))


def language() -> str:
    """Return the language of the screen, `vi` unless the switch or the address says otherwise."""
    chosen = st.session_state.get(LANGUAGE_KEY) or st.query_params.get(LANGUAGE_KEY, "").lower()
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def sign_out() -> None:
    """End the session and forget everything but the language; for a button's `on_click`."""
    for token in _tokens():
        close_session(token)
    for key in list(st.session_state):
        if key != LANGUAGE_KEY:
            del st.session_state[key]
    if has_signed_on():
        st.logout()


def keep_session() -> None:
    """In the first run after signing in, have the browser trade the ticket for the cookie."""
    if ticket := st.session_state.pop("_ticket", None):
        bridge = st.components.v2.component("ticket_bridge", js=TICKET_BRIDGE)
        bridge(data={"ticket": ticket}, key="ticket_bridge")


async def set_cookie(request: Request) -> Response:
    """Answer a one-time ticket with the session's HttpOnly cookie; 403 when it is no good.

    Only JSON from a page of ours is heard, so that no other site can sign a browser in.
    """
    own = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    if not own or not request.headers.get("content-type", "").startswith("application/json"):
        return Response(status_code=403)
    try:
        given = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        return Response(status_code=400)
    ticket = given.get("ticket") if isinstance(given, dict) else None
    redeemed = redeem_ticket(ticket) if isinstance(ticket, str) else None
    if redeemed is None:
        return Response(status_code=403)
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    answer = Response(status_code=204)
    answer.set_cookie(
        COOKIE, redeemed.token, max_age=redeemed.max_age, httponly=True, secure=secure, samesite="strict"
    )
    return answer


AUTH_ROUTES = [Route("/auth/session", set_cookie, methods=["POST"])]


def _tokens() -> list[str]:
    """Return the tokens of this browser tab, the newest first."""
    given = st.session_state.get("_token"), st.context.cookies.get(COOKIE)
    return [token for token in given if isinstance(token, str)]
