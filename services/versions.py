"""Which version of the facts an answer rests on: caches are keyed by it."""

from functools import cache

from config.models import FormulaOf, MeasureOf, PercentileOf, RatioOf, SnapshotOf, StockOf, ValueOf
from config.registry import load_registry
from data_access.figures import version_of


@cache
def facts_behind(indicator: str) -> frozenset[str]:
    """Return the facts that an indicator is computed from."""
    registry = load_registry()
    origin = registry.indicators[indicator].origin
    match origin:
        case MeasureOf(fact=fact) | StockOf(fact=fact) | PercentileOf(fact=fact):
            return frozenset({fact})
        case SnapshotOf(fact=fact):
            return frozenset({fact, *getattr(origin, "beside", ())})
        case ValueOf(table=table):
            return frozenset({table if table in registry.facts else registry.rollup(table)[0].id})
        case RatioOf(numerator=a, denominator=b):
            return facts_behind(a) | facts_behind(b)
        case FormulaOf(of=of):
            return frozenset().union(*(facts_behind(name) for name in of))
    return frozenset(registry.facts)


def version_behind(indicator: str) -> int:
    """Return a number that rises whenever a fact behind an indicator changes."""
    return sum(version_of(fact) for fact in facts_behind(indicator))
