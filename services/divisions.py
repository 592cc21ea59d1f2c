"""By what an indicator can be divided, read from the declarations of its fact."""

from functools import cache

from config.models import ExpectedOf, Fact, FormulaOf, MeasureOf, PercentileOf, RatioOf, SnapshotOf, StockOf, ValueOf
from config.registry import load_registry
from services.periods import fits

FIRST = ("place", "agency")


def _texts(fact: Fact) -> set[str]:
    return {name for name, kind in fact.columns.items() if kind == "text"}


def _of_rollups(fact: Fact, measures: set[str], fixed: set[str], grain: str) -> set[str]:
    """Return the dimensions of the rollups that hold the measures by what is fixed, as fine as the grain."""
    usable = [r for r in fact.rollups if measures <= set(r.measures) and fixed <= set(r.by) and fits(r.grain, grain)]
    return {name for rollup in usable for name in rollup.by} & _texts(fact)


def _possible(indicator: str) -> set[str]:
    registry = load_registry()
    about = registry.indicators[indicator]
    origin = about.origin
    match origin:
        case MeasureOf(fact=fact, measure=measure, per=per):
            return _of_rollups(registry.facts[fact], {measure, *([per] if per else [])}, set(origin.where), about.grain)
        case PercentileOf(fact=fact, measure=measure, bins=bins):
            return _of_rollups(registry.facts[fact], {measure}, {bins, *origin.where}, about.grain) - {bins}
        case ValueOf(table=table):
            if table in registry.facts:
                return set(registry.facts[table].key) & _texts(registry.facts[table])
            told, rollup = registry.rollup(table)
            return set(rollup.by) & _texts(told)
        case StockOf(fact=fact):
            named = {name for rollup in registry.facts[fact].rollups for name in rollup.by}
            return named & _texts(registry.facts[fact])
        case SnapshotOf(fact=fact, by=by):
            return set(by) & _texts(registry.facts[fact])
        case ExpectedOf(expected=fact):
            return {"station", "place"} & _texts(registry.facts[fact])
        case RatioOf(numerator=top, denominator=bottom):
            return _possible(top) & _possible(bottom)
        case FormulaOf(of=parts):
            return set.intersection(*(_possible(part) for part in parts))
    return set()


@cache
def divisions(indicator: str) -> tuple[str, ...]:
    """Return the dimensions by which an indicator can be divided (time apart), place and agency first."""
    found = _possible(indicator) - set(getattr(load_registry().indicators[indicator].origin, "where", {}))
    return tuple([name for name in FIRST if name in found] + sorted(found - set(FIRST)))
