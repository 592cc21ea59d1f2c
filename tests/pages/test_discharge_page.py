"""The discharge page: who is over, the replay of any sixty days step by step, and one outlet's own view."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from services.people import demo_accounts
from tests.pages.opening import opened, words

USERS = {account.role: account.user for account in demo_accounts()}
WORKS = "TH_SDAO_NUO001"


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    st.cache_data.clear()


def page(role: str = "leader", **query: str) -> AppTest:
    at = opened("discharge", USERS[role], **query)
    assert not at.error
    return at


def test_the_page_names_outlets_rankings_and_the_replay(province: Path) -> None:
    said = words(page())
    for part in ("giờ vượt trong 30 ngày", "Phát lại 60 ngày", "Dệt nhuộm Sông Đào", "thông số vượt giới hạn",
                 "Tải lượng"):  # fmt: skip
        assert part in said, part


def test_the_replay_is_stepped_and_kept_in_the_address(province: Path) -> None:
    at = page(replay="2026-09-24", day="2026-10-01")
    assert "24/09/2026 – 22/11/2026" in words(at)
    assert str(at.slider(key="dis_day").value) == "2026-10-01"
    at = at.button(key="dis_on").click().run()
    assert str(at.slider(key="dis_day").value) == "2026-10-02"
    assert at.query_params["day"] == "2026-10-02"
    at = at.button(key="dis_back").click().run().button(key="dis_back").click().run()
    assert str(at.slider(key="dis_day").value) == "2026-09-30"
    assert not at.exception


def test_an_outlet_has_its_own_view_and_an_unknown_code_is_said_to_be_unknown(province: Path) -> None:
    own = words(page(outlet=WORKS))
    assert "Giới hạn đang áp dụng" in own and "GPMT-MP-0326" in own and "67,5" in own
    assert "Không có điểm xả mang mã này" in words(page(outlet="<script>"))


def test_a_commune_reads_the_stacks_alone_in_english(province: Path) -> None:
    said = words(page("commune", outlet_kind="stack", lang="EN"))
    assert "Replay of 60 days" in said and "Tải lượng" not in said
