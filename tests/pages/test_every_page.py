"""Every page for every role, over real figures of the small province."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from config.locale import say
from config.pages import all_pages
from config.registry import load_registry
from config.roles import load_roles
from config.settings import ROOT
from services.indicators import figure
from services.people import demo_accounts, open_session

PAGES = [p.id for p in all_pages()]
USERS = {a.role: a.user for a in demo_accounts()}


def opened(page: str, role: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "components" / "shell.py"), default_timeout=60)
    at.session_state["_token"] = open_session(USERS[role])[0]
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    return at if page == PAGES[0] else at.switch_page(f"../pages/{page}.py").run()


def text_of(at: AppTest) -> str:
    return " ".join(str(e.proto) for e in at.main if hasattr(e, "proto"))


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    st.cache_data.clear()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_for_each_role_that_may_and_for_no_other(province: Path, page: str) -> None:
    for role in USERS:
        at = opened(page, role)
        assert not at.exception, f"{page} for {role}: {at.exception}"
        assert not at.error, f"{page} for {role}: {at.error}"
        assert say("ui.error_safe") not in text_of(at), f"{page} for {role}: a part is not drawn"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_speaks_english_at_the_switch(province: Path, page: str) -> None:
    at = opened(page, "leader", lang="EN")
    assert not at.exception


def test_there_is_an_account_for_every_role() -> None:
    assert set(USERS) == set(load_roles())


@pytest.mark.parametrize("domain", list(load_registry().domains))
def test_every_indicator_of_a_domain_answers(province: Path, domain: str) -> None:
    for indicator in load_registry().domains[domain].indicators:
        answer = figure(indicator.id)
        assert answer.owner_name["vi"] and answer.source_name["vi"], indicator.id
        assert answer.simulated == load_registry().sources[indicator.source].simulated


@pytest.mark.parametrize("domain", list(load_registry().domains))
def test_a_built_domain_has_at_least_twelve_indicators(domain: str) -> None:
    assert len(load_registry().domains[domain].indicators) >= 12


def test_a_figure_is_traced_from_its_page(province: Path) -> None:
    at = opened("data_quality", "operator", figure=figure("env_aqi_hour").id)
    assert not at.exception
    assert any("TH_NNMT_KHI" in str(frame.value) for frame in at.dataframe)
