"""Filters are found without marks, live in the address, and stay from page to page."""

from streamlit.testing.v1 import AppTest

from components.filters import communes, plain


def page() -> None:
    import streamlit as st

    from components.filters import agency_filter, period_filter, place_filter

    chosen = (
        period_filter({"2026-10": "10/2026", "2026-09": "09/2026"}),
        place_filter(),
        agency_filter({"so_y_te": "Sở Y tế"}),
    )
    st.text(repr(chosen))


def test_names_are_found_without_marks() -> None:
    assert plain("Đông Sơn") == "dong son"
    assert len(communes()) == 166


def test_unasked_it_is_the_latest_period_and_the_whole_province() -> None:
    at = AppTest.from_function(page).run()
    assert not at.exception
    assert at.text[0].value == repr(("2026-10", "38", None))
    assert at.query_params == {}


def test_an_address_decides() -> None:
    at = AppTest.from_function(page)
    at.query_params["place"] = "14797"
    at.query_params["period"] = "2026-09"
    assert at.run().text[0].value == repr(("2026-09", "14797", None))


def test_a_code_that_is_no_option_is_ignored() -> None:
    at = AppTest.from_function(page)
    at.query_params["place"] = "99999"
    assert at.run().text[0].value == repr(("2026-10", "38", None))
    assert "place" not in at.query_params


def test_a_choice_is_written_to_the_address_and_dropped_at_the_usual() -> None:
    at = AppTest.from_function(page).run()
    at.selectbox(key="place").set_value("14797").run()
    assert at.query_params["place"] in ("14797", ["14797"])
    at.selectbox(key="place").set_value("38").run()
    assert "place" not in at.query_params


def test_a_choice_outlives_an_address_that_lost_it() -> None:
    at = AppTest.from_function(page).run()
    at.selectbox(key="place").set_value("14797").run()
    del at.query_params["place"]
    at.run()
    assert at.text[0].value == repr(("2026-10", "14797", None))
