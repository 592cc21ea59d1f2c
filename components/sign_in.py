"""The sign-in screen: streamlit-authenticator's form behind this one module, a session of ours after it.

The package draws the form, checks the bcrypt hash and refuses the sixth attempt. It gets no file and no
cookie: the cookie's iframe would make every run happen twice, and its token nobody could revoke. Names,
hashes and failures come from `services.people`; after success a session row is opened and its ticket waits in
the session state for `components.session` to turn it into the HttpOnly cookie.

Single sign-on (OpenID Connect) appears where `.streamlit/secrets.toml` has `[auth]` (redirect_uri,
cookie_secret, client_id, client_secret, server_metadata_url):
the button starts `st.login()`; back here the claim `email`, unless the provider says `email_verified: false`,
is looked up in `person.email` and the same kind of session is opened. The province's directory decides who
somebody is, our account what they may do: to shut somebody out, disable the account; ending the session alone
lets the directory's own session open a new one.
"""

from html import escape
from typing import Any

import streamlit as st
import streamlit_authenticator as stauth
from streamlit_authenticator.controllers import AuthenticationController

from components import labels
from config.locale import say
from config.settings import settings
from services.access import role_name
from services.people import (
    LOCKED_FOR,
    MAX_ATTEMPTS,
    forget_failures,
    open_demo_accounts,
    open_session,
    start_attempt,
    user_of_email,
)

SHEET = """<style>
.st-key-sign_in { padding-top: min(12vh, 7rem); }
.st-key-card_sign_in [data-testid=stForm] { border: 0; padding: 0; }
.st-key-card_sign_in [data-testid=stFormSubmitButton] button { background: var(--accent); }
.st-key-card_sign_in [data-testid=stFormSubmitButton] button p { color: var(--card); }
.st-key-card_sign_in :is(th, td) { font-size: 0.8125rem; padding: 0.2rem 0.5rem; white-space: nowrap; }
</style>"""


class NoCookie:
    """Stands where the package keeps its own cookie, and keeps none."""

    def get_cookie(self) -> None:
        """Remember nobody."""

    def set_cookie(self) -> None:
        """Set nothing."""


class Attempts(AuthenticationController):  # type: ignore[misc]
    """The package's controller, with accounts and failures read from the database at each attempt."""

    def login(self, username: str | None = None, password: str | None = None, *_: Any, **options: Any) -> Any:
        """Judge one attempt; raise the package's LoginError when the name is locked."""
        if not username or not username.strip() or not password:
            st.session_state["authentication_status"] = False
            return False
        user = username.strip().lower()[:64]
        self.authentication_model.credentials["usernames"] = start_attempt(user)
        options["max_login_attempts"] = MAX_ATTEMPTS
        accepted = super().login(user, password, **options)
        if accepted:
            forget_failures(user)
        return accepted


class Form(stauth.Authenticate):  # type: ignore[misc]
    """The package's sign-in form, built from the two parts above."""

    def __init__(self) -> None:
        self.attrs = {"login_sleep_time": 0}
        self.path = None
        self.cookie_controller = NoCookie()
        self.authentication_controller = Attempts({"usernames": {}}, auto_hash=False)


def sign_in(language: str) -> None:
    """Draw the sign-in screen; on success open a session and run the script again."""
    st.html(SHEET)
    screen = st.container(key="sign_in", horizontal_alignment="center")
    with screen, st.container(key="card_sign_in", width=420):
        title = say("access.product", language)
        st.html(f'<div class="ioc-title"><h1>{title}</h1><p>{say("access.product_long", language)}</p></div>')
        _password_form(language)
        if _has_single_sign_on():
            _single_sign_on(language)
        if settings().env == "demo":
            _demo_hint(language)


def has_signed_on() -> bool:
    """Say whether the province's single sign-on vouches for this browser."""
    return _has_single_sign_on() and bool(st.user.get("is_logged_in"))


def _password_form(language: str) -> None:
    state = st.session_state
    fields = {
        "Form name": say("access.sign_in_title", language),
        "Username": say("access.user", language),
        "Password": say("access.password", language),
        "Login": say("access.sign_in_button", language),
    }
    form = Form()
    state["authentication_status"] = None
    try:
        form.login(key="sign_in_form", fields=fields)
    except stauth.LoginError:
        minutes = int(LOCKED_FOR.total_seconds() // 60)
        _refuse(say("access.locked", language, attempts=MAX_ATTEMPTS, minutes=minutes))
        return
    if state["authentication_status"]:
        _enter(state["username"])
    if state["authentication_status"] is False:
        _refuse(say("access.wrong_password", language))


def _has_single_sign_on() -> bool:
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def _single_sign_on(language: str) -> None:
    if has_signed_on():
        email = str(st.user.get("email") or "")
        verified = st.user.get("email_verified") is not False
        if verified and (user := user_of_email(email)):
            _enter(user)
        _refuse(say("access.single_sign_on_unknown", language, email=email))
    if st.button(say("access.single_sign_on", language), width="stretch"):
        st.login()


def _demo_hint(language: str) -> None:
    header = tuple(say(f"access.{key}", language) for key in ("demo_header", "user", "password"))
    lines = [header, ("---",) * 3] + [
        (role_name(account.role, language), account.user, account.password)
        for account in open_demo_accounts()
    ]
    if len(lines) > 2:
        with st.expander(say("access.demo_accounts", language)):
            st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _refuse(why: str) -> None:
    mark = labels.mark("bad")
    st.html(f'<div class="ioc-banner ioc-bad" role="alert">{mark}<span>{escape(why)}</span></div>')


def _enter(user: str) -> None:
    state = st.session_state
    for key in ("authentication_status", "name", "username", "email", "roles", "logout"):
        state.pop(key, None)
    state["_token"], state["_ticket"] = open_session(user)
    st.rerun()
