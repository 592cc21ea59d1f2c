"""Which spellings in a file mean which place, agency or station of the shared catalogue."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache

from config.models import Agency
from config.registry import load_registry


def folded(text: str) -> str:
    """Return a text for comparing: one Unicode form, small letters, single spaces; accents kept."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def unaccented(text: str) -> str:
    """Return a text without Vietnamese marks, for comparing."""
    plain = unicodedata.normalize("NFD", folded(text).replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def _spellings(entries: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Return spelling → id for every spelling that means one entry only."""
    pairs = {(folded(s), key) for key, spellings in entries for s in spellings if s}
    counts = Counter(spelling for spelling, _ in pairs)
    return {spelling: key for spelling, key in pairs if counts[spelling] == 1}


@cache
def place_spellings() -> dict[str, str]:
    """Return the folded spellings of the 166 places: code, full name, name, with or without accents."""
    places = load_registry().places.values()
    exact = _spellings((p.code, (p.code, p.full_name, p.name, *p.aliases)) for p in places)
    plain = _spellings((p.code, (unaccented(p.full_name), unaccented(p.name))) for p in places)
    return plain | exact


@cache
def agency_spellings() -> dict[str, str]:
    """Return the folded spellings of the agencies: id, names, official code; a commune stands for its committee."""
    registry = load_registry()

    def names(agency: Agency) -> tuple[str, ...]:
        seat = registry.places.get(agency.place) if agency.kind == "commune" else None
        whole = (seat.full_name, f"Ủy ban nhân dân {seat.full_name}") if seat else ()
        return (agency.id, agency.name.vi, agency.name.en, agency.official_code, *whole)

    return _spellings((a.id, names(a)) for a in registry.agencies.values())


@cache
def station_spellings() -> dict[str, str]:
    """Return the folded spellings of the stations: their code and Vietnamese name."""
    return _spellings((s.code, (s.code, s.name.vi)) for s in load_registry().stations.values())


def spellings(kind: str) -> dict[str, str]:
    """Return the spellings of a catalogue: place, agency or station."""
    return {"place": place_spellings, "agency": agency_spellings, "station": station_spellings}[kind]()


@cache
def attribute(kind: str, name: str) -> dict[str, str]:
    """Return an attribute of every entry of a catalogue by its id, as text."""
    registry = load_registry()
    entries = {"place": registry.places, "agency": registry.agencies, "station": registry.stations}[kind]
    return {key: str(getattr(entry, name)) for key, entry in entries.items()}  # type: ignore[attr-defined]
