"""The registry: the province as files, read once, cross-checked, frozen."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from config.checks import cross_check
from config.declarations import RegistryError, read, read_folder
from config.models import (
    Agency,
    Correction,
    Domain,
    Fact,
    Indicator,
    Place,
    Rollup,
    Source,
    Station,
)
from config.settings import CONFIG

PROVINCE = "38"


@dataclass(frozen=True)
class Registry:
    """All declarations, by id."""

    domains: dict[str, Domain]
    indicators: dict[str, Indicator]
    facts: dict[str, Fact]
    sources: dict[str, Source]
    agencies: dict[str, Agency]
    stations: dict[str, Station]
    places: dict[str, Place]
    corrections: list[Correction]

    def domain_of(self, indicator: str) -> Domain:
        """Return the domain that declares an indicator."""
        return next(d for d in self.domains.values() for i in d.indicators if i.id == indicator)

    def rollup(self, table: str) -> tuple[Fact, Rollup]:
        """Return a rollup and its fact; raise KeyError when no fact declares it."""
        for fact in self.facts.values():
            for rollup in fact.rollups:
                if rollup.id == table:
                    return fact, rollup
        raise KeyError(table)

    def sources_of(self, fact: str) -> list[Source]:
        """Return the sources that fill a fact."""
        return [s for s in self.sources.values() if s.fact == fact]


def read_places(path: Path = CONFIG / "geo" / "communes.csv") -> dict[str, Place]:
    """Return the communes and wards by code, with every spelling a file may use."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Place(
                code=row["code"],
                name=row["name"],
                full_name=row["full_name"],
                type=row["type"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                area_km2=float(row["area_km2"]),
                population=int(row["population"]),
                zone=row["zone"],
                former_district=row["former_district"],
                aliases=(f"{row['type'].capitalize()} {row['name_nso']}", row["slug"]),
                coastal=row["coastal"].lower() == "true",
            )
            for row in csv.DictReader(file)
        }


def commune_committees(places: dict[str, Place]) -> list[Agency]:
    """Return the people's committee of every commune: `ubnd_<code>`."""
    return [
        Agency.model_validate(
            {
                "id": f"ubnd_{p.code}",
                "name": {
                    "vi": f"UBND {p.full_name[0].lower()}{p.full_name[1:]}",
                    "en": f"{p.name} People's Committee",
                },
                "kind": "commune",
                "place": p.code,
            }
        )
        for p in places.values()
    ]


def _twice(what: str, declared: Iterable[Indicator | Fact]) -> list[str]:
    counts = Counter(d.id for d in declared)
    return [f"{what} '{name}' khai báo hai lần · đổi tên một" for name, count in counts.items() if count > 1]


def assemble(folder: Path = CONFIG) -> Registry:
    """Read all declarations under `folder`; raise RegistryError naming every problem found."""
    places = read_places(folder / "geo" / "communes.csv")
    agencies = [*read(folder / "agencies.yaml", list[Agency]), *commune_committees(places)]
    stations = [s for path in sorted((folder / "stations").glob("*.yaml")) for s in read(path, list[Station])]
    domains = sorted(read_folder(folder / "domains", Domain), key=lambda d: d.order)
    facts = [*read_folder(folder / "facts", Fact), *(f for d in domains for f in d.facts)]
    indicators = [i for d in domains for i in d.indicators]
    if twice := [*_twice("chỉ tiêu", indicators), *_twice("bảng dữ kiện", facts)]:
        raise RegistryError(twice)
    registry = Registry(
        domains={d.id: d for d in domains},
        indicators={i.id: i for i in indicators},
        facts={f.id: f for f in facts},
        sources={s.id: s for s in read_folder(folder / "sources", Source)},
        agencies={a.id: a for a in agencies},
        stations={s.code: s for s in stations},
        places=places,
        corrections=read_folder(folder / "corrections", Correction),
    )
    if problems := cross_check(registry):
        raise RegistryError(problems)
    return registry


def in_use(registry: Registry) -> Registry:
    """Return the registry without the domains that are switched off and all that is theirs."""
    domains = {name: d for name, d in registry.domains.items() if d.enabled}
    idle = {f.id for d in registry.domains.values() if not d.enabled for f in d.facts}
    return replace(
        registry,
        domains=domains,
        indicators={i.id: i for d in domains.values() for i in d.indicators},
        facts={name: f for name, f in registry.facts.items() if name not in idle},
        sources={name: s for name, s in registry.sources.items() if s.domain in domains},
    )


@cache
def load_registry() -> Registry:
    """Return what is in use of the declarations of this installation, read once."""
    return in_use(assemble())
