"""What must hold between declarations; each check names what is wrong and what to do."""

from __future__ import annotations

from collections import Counter
from string import Formatter
from typing import TYPE_CHECKING

import polars as pl

from config.locale import LANGUAGES, catalogue, entries
from config.models import (
    ExpectedOf,
    FormulaOf,
    Indicator,
    MeasureOf,
    PercentileOf,
    RatioOf,
    SnapshotOf,
    StockOf,
    ValueOf,
)
from config.settings import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.models import Source
    from config.registry import Registry

FORGETTING = ("table", "edxml")
"""Parsers of whose files single documents can be taken out again (`data_access/ingestion/sanitiser.py`)."""


def inputs(indicator: Indicator) -> list[str]:
    """Return the indicators that an indicator is computed from."""
    match indicator.origin:
        case RatioOf(numerator=a, denominator=b):
            return [a, b]
        case FormulaOf(of=of):
            return list(of)
    return []


def is_expression(text: str) -> bool:
    """Say whether a text is an SQL expression that Polars compiles."""
    try:
        pl.sql_expr(text)
    except Exception:
        return False
    return True


def _unknown_names(registry: Registry) -> Iterator[str]:
    for source in registry.sources.values():
        if source.fact not in registry.facts:
            yield f"sources/{source.id}.yaml: bảng dữ kiện '{source.fact}' chưa có · thêm facts/{source.fact}.yaml"
        elif unknown := set(source.fields) | set(source.computed):
            extra = unknown - set(registry.facts[source.fact].columns)
            if extra:
                yield f"sources/{source.id}.yaml: bảng {source.fact} không có cột {', '.join(sorted(extra))}"
        yield from _secrecy(registry, source)
        if source.domain not in registry.domains:
            yield f"sources/{source.id}.yaml: lĩnh vực '{source.domain}' chưa khai báo"
        if source.owner not in registry.agencies:
            yield f"sources/{source.id}.yaml: cơ quan '{source.owner}' không có trong agencies.yaml"
        if source.addresses and not (CONFIG / source.addresses).is_file():
            yield f"sources/{source.id}.yaml: không có tệp địa chỉ config/{source.addresses}"
    for indicator in registry.indicators.values():
        if indicator.source not in registry.sources:
            yield f"{indicator.id}: nguồn '{indicator.source}' chưa khai báo · thêm sources/{indicator.source}.yaml"
        if indicator.owner not in registry.agencies:
            yield f"{indicator.id}: cơ quan '{indicator.owner}' không có trong agencies.yaml"
        for name in inputs(indicator):
            if name not in registry.indicators:
                yield f"{indicator.id}: dùng chỉ tiêu '{name}' chưa khai báo"
    for station in registry.stations.values():
        if station.agency not in registry.agencies:
            yield f"stations: trạm {station.code}: cơ quan '{station.agency}' không có trong agencies.yaml"
        if station.scope == "inside" and station.place not in registry.places:
            yield f"stations: trạm {station.code} ở nơi '{station.place}' không có trong 166 xã, phường"
        if station.source and station.source not in registry.sources:
            yield f"stations: trạm {station.code} có nguồn '{station.source}' chưa khai báo"
    for correction in registry.corrections:
        if correction.source not in registry.sources:
            yield f"corrections/{correction.id}.yaml: nguồn '{correction.source}' chưa khai báo"
    for domain in registry.domains.values():
        if domain.owner not in registry.agencies:
            yield f"domains/{domain.id}.yaml: cơ quan '{domain.owner}' không có trong agencies.yaml"
        if domain.main not in registry.indicators:
            yield f"domains/{domain.id}.yaml: chỉ tiêu chính '{domain.main}' chưa khai báo"


def _secrecy(registry: Registry, source: Source) -> Iterator[str]:
    """Yield what would let a secret document that came unmarked stay in the raw store."""
    fact = registry.facts.get(source.fact)
    if fact and fact.secret is None and (source.secret or source.naming):
        yield f"sources/{source.id}.yaml: có văn bản mật · khai báo secret ở facts/{source.fact}.yaml"
    for look in (source.layout, *source.layouts.values()) if fact and fact.secret else ():
        if look.parser not in FORGETTING:
            yield f"sources/{source.id}.yaml: bộ đọc '{look.parser}' chưa biết bỏ văn bản mật khỏi tệp đã giữ"


def _unreachable(registry: Registry) -> Iterator[str]:
    tables = {r.id for f in registry.facts.values() for r in f.rollups} | set(registry.facts)
    for indicator in registry.indicators.values():
        match indicator.origin:
            case MeasureOf(fact=fact, measure=measure, per=per):
                offered = (
                    {m for r in registry.facts[fact].rollups for m in r.measures} if fact in registry.facts else set()
                )
                for name in filter(None, (measure, per)):
                    if name not in offered:
                        yield f"{indicator.id}: bảng {fact} không gộp '{name}' · thêm measure vào facts/{fact}.yaml"
            case PercentileOf(fact=fact, bins=bins, measure=measure):
                rollups = registry.facts[fact].rollups if fact in registry.facts else []
                if not any(bins in r.by and measure in r.measures for r in rollups):
                    yield f"{indicator.id}: bảng {fact} không có bảng gộp theo '{bins}' với '{measure}'"
            case ValueOf(table=table):
                if table not in tables:
                    yield f"{indicator.id}: không có bảng '{table}'"
            case StockOf(fact=fact) | SnapshotOf(fact=fact) | ExpectedOf(expected=fact):
                for name in (fact, *getattr(indicator.origin, "beside", ())):
                    if name not in registry.facts:
                        yield f"{indicator.id}: không có bảng '{name}'"
                    elif name != fact and "period" in registry.facts[name].columns:
                        yield f"facts/{name}.yaml: đổi tên cột 'period', tên dành cho thời gian của bảng đi kèm"


def _scopes(registry: Registry) -> Iterator[str]:
    """Yield rollups that would let rows in which their fact keeps out unless asked."""
    for fact in registry.facts.values():
        for rollup in fact.rollups:
            for name in set(rollup.beside) - set(registry.facts):
                yield f"facts/{fact.id}.yaml: {rollup.id}: không có bảng '{name}' (beside)"
            for name in set(fact.default_where) - set(rollup.by):
                yield f"facts/{fact.id}.yaml: {rollup.id} phải gộp theo '{name}' vì default_where dùng nó"


def _cycles(registry: Registry) -> Iterator[str]:
    def visit(name: str, trail: tuple[str, ...]) -> str | None:
        if name in trail:
            return f"{trail[0]}: công thức quay vòng {' → '.join((*trail, name))}"
        known = registry.indicators.get(name)
        return next(filter(None, (visit(n, (*trail, name)) for n in inputs(known))), None) if known else None

    yield from filter(None, (visit(name, ()) for name in registry.indicators))


def _expressions(registry: Registry) -> Iterator[str]:
    for fact in registry.facts.values():
        for rollup in fact.rollups:
            for name, measure in rollup.measures.items():
                for text in filter(None, (measure.expression, measure.where)):
                    if text != "all" and not is_expression(text):
                        yield f"facts/{fact.id}.yaml: {rollup.id}.{name}: biểu thức sai: {text}"
    for source in registry.sources.values():
        for check in source.checks:
            if check.id in source.fields:
                yield f"sources/{source.id}.yaml: luật '{check.id}' trùng tên cột · đặt tên khác"
            if not is_expression(check.rule):
                yield f"sources/{source.id}.yaml: {check.id}: biểu thức sai: {check.rule}"
    for indicator in registry.indicators.values():
        if isinstance(indicator.origin, SnapshotOf) and not is_expression(indicator.origin.aggregate):
            yield f"{indicator.id}: biểu thức sai: {indicator.origin.aggregate}"
        for rule in indicator.alerts:
            if not is_expression(rule.when):
                yield f"{indicator.id}: {rule.id}: điều kiện sai: {rule.when}"


def _switched_off(registry: Registry) -> Iterator[str]:
    """Yield what of a domain in use rests on a domain that is switched off."""
    home = {i.id: d for d in registry.domains.values() for i in d.indicators}
    home |= {s.id: registry.domains[s.domain] for s in registry.sources.values() if s.domain in registry.domains}
    for domain in registry.domains.values():
        for indicator in domain.indicators if domain.enabled else ():
            for name in (indicator.source, *inputs(indicator)):
                if name in home and not home[name].enabled:
                    off = home[name].id
                    yield f"{indicator.id}: cần '{name}' của lĩnh vực đang tắt · bật {off} hoặc tắt {domain.id}"


def cross_check(registry: Registry) -> list[str]:
    """Return every problem between the declarations; an empty list when they agree."""
    checks = (_unknown_names, _unreachable, _scopes, _cycles, _expressions, _switched_off)
    return [problem for check in checks for problem in check(registry)]


def text_problems() -> list[str]:
    """Return every text that is declared twice, lacks a language or has other placeholders in one than the other."""
    counts = Counter(key for key, _ in entries())
    found = [f"locale: {key}: khai báo {count} lần · giữ một" for key, count in counts.items() if count > 1]
    for key, texts in catalogue().items():
        if missing := [lang for lang in LANGUAGES if not texts.get(lang)]:
            found.append(f"locale: {key}: thiếu bản {', '.join(missing)}")
            continue
        holes = {lang: {name for _, name, _, _ in Formatter().parse(texts[lang]) if name} for lang in LANGUAGES}
        if holes["vi"] != holes["en"]:
            found.append(f"locale: {key}: chỗ điền khác nhau giữa hai ngôn ngữ: {holes}")
    return found
