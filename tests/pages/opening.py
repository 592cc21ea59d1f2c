"""Opens one page as a person, through the shell and its sign-in."""

from streamlit.testing.v1 import AppTest

from config.settings import ROOT
from services.people import open_session


def opened(page: str, user: str, **query: str) -> AppTest:
    """Return a page as the signed-in `user` gets it at an address with this query; it raised nothing."""
    at = AppTest.from_file(str(ROOT / "components" / "shell.py"), default_timeout=60)
    at.session_state["_token"] = open_session(user)[0]
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    at = at.switch_page(f"../pages/{page}.py").run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    """Return everything that a page's main part says."""
    return " ".join(str(element.proto) for element in at.main if hasattr(element, "proto"))
