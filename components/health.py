"""What the page of health draws: where something starts, the epidemic curve, clocks, hospitals, the 166 communes."""

from collections.abc import Sequence

import polars as pl

from components import attention, charts, page, tables
from components import format as write
from components.chart import chart
from components.choropleth import choropleth
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from components.theme import palette
from config.locale import catalogue, say
from config.registry import PROVINCE, load_registry
from services import health
from services.names import name_of

WHOLE = {"place": None, "period": None}
STATUS = {"outbreak": "critical", "signal": "bad", "warning": "near"}
LISTED, FULLEST = 7, 12


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"health_page.{key}", screen.language, **values)


def column(name: str, kind: tables.Kind = "text", decimals: int = 0, width: str | int | None = None) -> ColumnSpec:
    """Return a column titled from this page's own texts."""
    texts = catalogue()[f"health_page.col_{name}"]
    return ColumnSpec(name, texts["vi"], texts["en"], kind, decimals, width)  # type: ignore[arg-type]


def titles(*indicators: str) -> list[str]:
    """Return the keys of the short headers of indicators."""
    return [f"health_page.short_{name}" for name in indicators]


def choices(language: str = "vi") -> dict[str, tuple[str, dict[str, str]]]:
    """Return the page's own filters: the disease, and the years that baselines leave out."""
    diseases = {"all": say("health_page.all_diseases", language)}
    diseases |= {d: name_of("disease", d)[language] for d in health.endemic()}
    years = {"declared": say("health_page.years_declared", language), "none": say("health_page.years_none", language)}
    years |= {str(y): say("health_page.years_one", language, year=y) for y in health.baseline_years()}
    return {
        "disease": (say("health_page.filter_disease", language), diseases),
        "years": (say("health_page.filter_years", language), years),
    }


def _place(screen: Screen) -> str:
    return str(screen.chosen.get("place") or PROVINCE)


def _chosen(screen: Screen, name: str) -> str:
    return str(getattr(screen, name))


def _disease(screen: Screen, key: str) -> str:
    return name_of("disease", key)[screen.language]


def _commune(key: str) -> str:
    place = load_registry().places.get(key)
    return place.name if place else key


def _pairs(screen: Screen, place: str | None = None) -> pl.DataFrame:
    return health.pairs(screen.states("hlt_signals"), screen.viewer, _chosen(screen, "years"),
                        _chosen(screen, "disease"), place or _place(screen))  # fmt: skip


def _simulated(screen: Screen) -> bool:
    return screen.figure("hlt_signals", period=None).simulated


# Where something starts

def starting(screen: Screen) -> None:
    """Draw the communes and diseases where something starts, gravest first, each a door to its commune."""
    found = _pairs(screen)
    told, entitled = found.filter(pl.col("kind").is_in(list(STATUS))), health.sees_cells(screen.viewer)
    rows = [
        {"name": text(screen, "name_pair", disease=_disease(screen, r["disease"]), place=_commune(r["place"])),
         "value": r["expected"] if entitled else r["count"], "status": STATUS[r["kind"]],
         "url": screen.door(place=r["place"], disease=r["disease"])} | ({"extra": r["count"]} if entitled else {})
        for r in told.head(LISTED).iter_rows(named=True)
    ]  # fmt: skip
    sub = text(screen, "starting_sub" if entitled else "starting_sub_seen")
    with screen.card("starting", _starting_title(screen, told, entitled), sub, _simulated(screen)):
        if rows:
            frame = pl.DataFrame(rows, schema_overrides={"value": pl.Float64}, infer_schema_length=None)
            attention.ranking(frame, value_title=text(screen, "col_usual" if entitled else "col_recent"),
                              extra_title=text(screen, "col_recent"), name_title=text(screen, "col_pair"),
                              decimals=int(entitled), language=screen.language)  # fmt: skip
        if not entitled:
            whole = {n: write.number(screen.figure(f"hlt_{n}", **WHOLE).value, 0, screen.language)
                     for n in ("signals", "outbreaks")}  # fmt: skip
            page.note(text(screen, "starting_closed", **whole))


def _starting_title(screen: Screen, told: pl.DataFrame, entitled: bool) -> str:
    if told.is_empty():
        return text(screen, "starting_none" if entitled else "starting_none_seen")
    if not entitled:
        return text(screen, "starting_seen", count=told.height)
    over = told.filter(pl.col("kind") == "outbreak").height
    return text(screen, "starting_title", count=told.filter("signal").height, over=over)


def false_alarms(screen: Screen) -> None:
    """Say how often an early signal is false, as measured."""
    measured = health.false_alarms()
    lang = screen.language
    said = text(screen, "false_text", pairs=write.number(measured.pairs, 0, lang),
                share=write.number(measured.share * 100, 3, lang), expected=write.number(measured.expected, 1, lang))
    with screen.card("false", text(screen, "false_title")):
        page.note(said)


# The map

def _tones() -> dict[str, str]:
    colours = palette()
    return {"outbreak": colours.critical, "signal": colours.bad, "warning": colours.near,
            "low_base": colours.classes[2], "few": colours.neutral, "none": colours.classes[0]}  # fmt: skip


def signal_map(screen: Screen) -> None:
    """Draw the 166 communes by the gravest that is said of each, in words and colours; each is a door."""
    found = health.by_commune(_pairs(screen, PROVINCE))
    tones = _tones()
    kinds = [k for k in health.KINDS if k in set(found["kind"])]
    names = {k: text(screen, f"kind_{k}") for k in health.KINDS}
    telling = found["kind"].is_in(["outbreak", "signal", "warning", "low_base"])
    words = [f"{names[r['kind']]} · {_disease(screen, r['disease'])}" if shown else names[r["kind"]]
             for r, shown in zip(found.iter_rows(named=True), telling, strict=True)]  # fmt: skip
    frame = found.with_columns(
        pl.col("rank").cast(pl.Float64).alias("value"), pl.Series("text", words, dtype=pl.String),
        pl.col("kind").replace_strict(tones, return_dtype=pl.String).alias("tone"),
        screen.doors_by("place").alias("url"))
    quiet = found.filter(pl.col("kind") == "none").height
    disease = _chosen(screen, "disease")
    about = text(screen, "all_diseases").lower() if disease == "all" else _disease(screen, disease)
    with screen.card("map"):
        choropleth(frame, edges=(1, 2, 3, 4), key="signals", labels=[names[k] for k in kinds],
                   tones=[tones[k] for k in kinds], language=screen.language, simulated=_simulated(screen),
                   title=text(screen, "map_title", count=int(telling.sum()), quiet=quiet),
                   subtitle=text(screen, "map_sub", disease=about))  # fmt: skip


# Diseases and clocks

def diseases(screen: Screen) -> None:
    """Draw cases by disease, the latest closed week beside the one before, each a door."""
    now = screen.divide("hlt_reports", "disease", period=_week(screen))
    before = screen.divide("hlt_reports", "disease", period=health.week_before(now.figure))
    hidden = pl.col("hidden").cast(pl.Boolean).fill_null(False)
    earlier = before.frame.select("key", pl.col("value").alias("earlier"), hidden.alias("held"))
    frame = screen.name(now.frame).with_columns(hidden).filter(pl.col("value").is_not_null() | pl.col("hidden"))
    frame = frame.join(earlier, on="key", how="left").sort("value", descending=True, nulls_last=True)
    known = pl.when(pl.col("held").fill_null(False)).then(None).otherwise(pl.col("earlier").fill_null(0))
    rows = frame.head(10).select("name", known.alias("value"), pl.col("value").alias("extra"),
                                 screen.doors_by("disease").alias("url"))
    week = write.period_label(now.figure.period, screen.language)
    with screen.card("diseases", _diseases_title(screen, rows), text(screen, "diseases_sub", week=week),
                     now.figure.simulated):  # fmt: skip
        attention.ranking(rows, value_title=text(screen, "col_before"), extra_title=text(screen, "col_week"),
                          name_title=text(screen, "col_disease"), decimals=0, language=screen.language)
        if frame["hidden"].any() or frame["held"].any():
            page.note(text(screen, "cells_hidden"))


def _diseases_title(screen: Screen, rows: pl.DataFrame) -> str:
    if rows.is_empty():
        return text(screen, "diseases_none")
    name, _, count, _ = rows.row(0)
    told = write.number(count, 0, screen.language)
    return text(screen, "diseases_few" if count is None else "diseases_title", disease=name, count=told)


def _week(screen: Screen) -> str | None:
    """Return the latest week of which reports came, the same for every commune."""
    found = screen.figure("hlt_reports", **WHOLE).period
    return found.label if found else None


def clocks(screen: Screen) -> None:
    """Draw the late case reports of the week by clock and by who reported."""
    figures = {name: screen.figure(f"hlt_late_{name}", period=_week(screen)) for name in ("24h", "48h", "week")}
    count = int(sum(f.value or 0 for f in figures.values()))
    rows = pl.DataFrame([
        {"name": text(screen, f"late_{n}"), "value": f.value, "status": "bad" if f.value and n == "24h" else "none"}
        for n, f in figures.items()
    ], schema={"name": pl.String, "value": pl.Float64, "status": pl.String})  # fmt: skip
    week = write.period_label(figures["24h"].period, screen.language)
    few = any(f.hidden for f in figures.values())
    title = text(screen, "clocks_few" if few else "clocks_title", count=count)
    with screen.card("clocks", title, text(screen, "clocks_sub", week=week), figures["24h"].simulated):
        attention.ranking(rows, value_title=figures["24h"].unit[screen.language], decimals=0,
                          name_title=text(screen, "col_clock"), language=screen.language)
        page.note(" ".join([text(screen, "cells_hidden")] * few + [text(screen, "clocks_note")]))


# The epidemic curve

def curve(screen: Screen) -> None:
    """Draw a year of weeks of the disease chosen, else of the gravest now, with its usual course and its line."""
    disease, place = _chosen(screen, "disease"), _place(screen)
    if disease == "all":
        disease = health.gravest(_pairs(screen))
    found, lang = health.curve(screen.viewer, disease, place, _chosen(screen, "years")), screen.language
    name, where = _disease(screen, disease), name_of("place", place)[lang]
    bare = found.weeks["limit"].is_null().all()
    last = write.number(found.figure.value, 0, lang)
    key = "curve_title_bare" if bare else "curve_title_over" if found.over else "curve_title"
    title = text(screen, key, disease=name, over=found.over, last=last)
    years = choices(lang)["years"][1][_chosen(screen, "years")].lower()
    sub = text(screen, "curve_sub_closed" if bare else "curve_sub", place=where, years=years)
    with screen.card("curve", title, sub, found.figure.simulated):
        if found.weeks["cases"].is_null().all():
            empty(text(screen, "curve_few") if bare and place != PROVINCE else "", language=lang)
            return
        names = {c: pl.lit(text(screen, f"line_{c}")) for c in ("cases", "mean", "limit")}
        parts = [found.weeks.select("start", pl.col(c).alias("value"), names[c].alias("series"))
                 for c in (("cases",) if bare else ("cases", "mean", "limit"))]
        chart(charts.line(pl.concat(parts), unit=found.figure.unit[lang], decimals=0, zero=True, language=lang),
              key="chart_curve", alt_text=f"{title}. {sub}", width=868, height=260, language=lang)


# Hospitals

def beds(screen: Screen) -> None:
    """Draw the fullest hospitals by use of their beds in place, with the target."""
    found = screen.divide("hlt_bed_use_pct", "facility", place=None)
    frame = screen.name(found.frame).drop_nulls("value").sort("value", descending=True)
    full = frame.filter(pl.col("value") > 100).height
    day = write.period_label(found.figure.period, screen.language)
    title, sub = text(screen, "beds_title", count=full), text(screen, "beds_sub", day=day)
    with screen.card("beds", title, sub, found.figure.simulated):
        if frame.is_empty():
            empty(language=screen.language)
            return
        short = pl.col("name").str.replace(r"\((mô phỏng|simulated)\)", "(MP)")
        shown = frame.head(FULLEST).with_columns(short).select("name", "value", "status")
        spec = charts.bars(shown, unit="%", decimals=0, limit=found.figure.target,
                           language=screen.language)  # fmt: skip
        chart(spec, key="chart_beds", alt_text=f"{title}. {sub}", width=548, height=24 * FULLEST + 30,
              language=screen.language)


HOSPITAL = ("hlt_beds", "hlt_bed_use_pct", "hlt_admissions", "hlt_transfers", "hlt_ventilated")
RECORDS = ("hlt_visits", "hlt_visit_transfer_pct")
COMMUNE = ("hlt_bhyt_pct", "hlt_vaccinated_pct", "hlt_doctor_stations_pct", "hlt_station_staff",
           "hlt_station_posts_pct", "hlt_emr_pct")  # fmt: skip


def hospitals(screen: Screen) -> None:
    """Draw the hospitals side by side: beds and use, admissions, transfers."""
    screen.compare(HOSPITAL, "facility", text(screen, "hospitals_title"), key="hospitals", height=360,
                   titles=titles(*HOSPITAL), worst="hlt_bed_use_pct", place=None)  # fmt: skip


def flow(screen: Screen) -> None:
    """Draw admissions, then transfers, over sixty days: the last day beside the mean."""
    for name in ("hlt_admissions", "hlt_transfers"):
        known = [v for v in screen.trend_values(name, 60, place=None) if v is not None]
        told = {"last": known[-1], "mean": sum(known) / len(known)} if known else {"last": None, "mean": None}
        title = text(screen, f"flow_{name}", **{k: write.number(v, 0, screen.language) for k, v in told.items()})
        screen.trend(name, 60, title=title, key=name, width=548, height=122, place=None)


def visits(screen: Screen) -> None:
    """Draw the insurance records by month, then by hospital."""
    sample = text(screen, "visits_sample") if screen.figure("hlt_visits", place=None).simulated else ""
    screen.trend("hlt_visits", 12, title=text(screen, "visits_trend"), key="visits", width=548, height=150, place=None,
                 subtitle=sample)
    screen.compare(RECORDS, "facility", text(screen, "visits_title"), key="records", height=240,
                   titles=titles(*RECORDS), place=None)  # fmt: skip


# Communes

def vaccination_map(screen: Screen) -> None:
    """Draw the communes by vaccination."""
    screen.map_of_communes("hlt_vaccinated_pct", (80, 90, 95, 98), key="vaccination")


def league(screen: Screen) -> None:
    """Draw the 166 communes side by side in a table with export."""
    screen.compare(COMMUNE, "place", text(screen, "league_title"), key="league", height=360, titles=titles(*COMMUNE),
                   worst="hlt_vaccinated_pct")
    page.note(text(screen, "league_note"))


# What was published

def published(screen: Screen) -> None:
    """Draw the real figures found in print, dated and named."""
    lang = screen.language
    found = [(name, screen.figure(name, **WHOLE)) for name in health.published()]
    rows = [{"name": f.name[lang], "value": write.number(f.value, f.decimals, lang), "unit": f.unit[lang],
             "asof": f.data_until, "source": text(screen, f"source_{name}")}
            for name, f in found if f.value is not None]  # fmt: skip
    columns: Sequence[ColumnSpec] = [column("name"), column("value"), column("unit"),
                                     column("asof", "date"), column("source")]  # fmt: skip
    with screen.card("published", text(screen, "published_title"), text(screen, "published_sub")):
        if not rows:
            empty(language=lang)
            return
        frame = pl.DataFrame(rows, infer_schema_length=None)
        tables.table(frame, columns, key="table_published", height="content", language=lang)
        page.note(text(screen, "published_note"))
        tables.export_buttons(frame, columns, found[0][1], f"{screen.id}_published", lang)


