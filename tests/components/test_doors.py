"""Doors are plain addresses: they can be copied, and read back where they lead."""

from components.doors import address, read


def test_an_address_says_the_page_and_what_is_asked_of_it() -> None:
    assert address("vessels") == "/vessels"
    assert address("public_services", {"place": "14797", "lang": "EN"}) == "/public_services?place=14797&lang=EN"


def test_a_door_is_read_as_it_was_written() -> None:
    asked = {"figure": "env_aqi_hour~38~~", "name": "Hạc Thành & Sầm Sơn"}
    assert read(address("data_quality", asked)) == ("data_quality", asked)
    assert read("/") == ("", {})
