"""A page, as its file reads: `screen = open_page("environment")`, then the parts of its picture in order.

Each part asks the one question with the page's filters and the viewer's rights and hands the answer to the
component that draws it. No page computes; what two pages need stands here or in `services`.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from html import escape
from typing import Any, Literal

import polars as pl
import streamlit as st

from components import asking, attention, charts, doors, page, tables
from components import format as write
from components.chart import chart
from components.choropleth import choropleth
from components.filters import PROVINCE, agency_filter, choice_filter, communes, period_filter, place_filter
from components.kpi import kpi_strip
from components.session import language, require
from components.tables import ColumnSpec
from config.locale import say
from config.pages import page_named
from config.registry import load_registry
from services.access import Viewer, may
from services.alerts import SILENT, concerns, is_bound, open_alerts
from services.figure import Figure, Freshness
from services.indicators import Breakdown
from services.periods import last_periods, latest_closed


class Screen:
    """One page for one viewer: its filters, and what can be drawn on it."""

    def __init__(self, page_id: str, viewer: Viewer) -> None:
        self.id, self.viewer, self.language = page_id, viewer, language()
        self.about = page_named(page_id)
        self.chosen: dict[str, Any] = {}

    # Asking

    def asked(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        """Return the page's filters with what a part asks beside them."""
        return {**{k: v for k, v in self.chosen.items() if v is not None}, **extra}

    def figure(self, indicator: str, **extra: Any) -> Figure:
        """Return an indicator's figure for the page's filters."""
        return asking.figure(indicator, self.viewer, **self.asked(extra))

    def divide(self, indicator: str, by: str, **extra: Any) -> Breakdown:
        """Return an indicator divided for the page's filters."""
        return asking.figures(indicator, self.viewer, by=by, **self.asked(extra))

    def states(self, indicator: str, **extra: Any) -> pl.DataFrame:
        """Return the state of every entity behind a snapshot indicator."""
        return asking.states(indicator, self.viewer, **extra)

    def name(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a breakdown's frame with its names in the viewer's language as `name`."""
        return frame.with_columns(pl.col(f"name_{self.language}").alias("name"))

    def door(self, **asked: str) -> str:
        """Return the address of this page for what is asked, with the filters and the language of now."""
        kept = {k: v for k, v in st.query_params.items() if k not in asked}
        return doors.address(self.id, {**kept, **asked})

    def doors_by(self, name: str) -> pl.Expr:
        """Return for each `key` of a breakdown the address of this page for it."""
        return pl.lit(self.door(**{name: ""})) + pl.col("key")

    def doors_of_agencies(self) -> pl.Expr:
        """Return for each `key` of an agency the address of this page for it; a committee's is that of its commune."""
        placed = {a.id: self.door(place=a.place) for a in load_registry().agencies.values() if a.place}
        return pl.col("key").replace_strict(placed, default=self.doors_by("agency"), return_dtype=pl.String)

    # Head

    def head(
        self,
        *,
        main: str | None = None,
        periods: str | None = None,
        place: bool = False,
        agency: str | None = None,
        choices: Mapping[str, tuple[str, Mapping[str, str]]] | None = None,
    ) -> None:
        """Draw title, question and freshness of `main`, with the filters asked for at the right.

        `periods` is a grain; `agency` a kind of agency; `choices` map a name to its title and options.
        """
        fresh = self._freshness(main) if main else ""
        with page.header(
            self.about.name.of(self.language), self.about.question.of(self.language), fresh, self.language
        ):
            if periods:
                self.chosen["period"] = self._period(periods)
            if place:
                code = place_filter(language=self.language)
                self.chosen["place"] = None if code == PROVINCE else code
            if agency:
                self.chosen["agency"] = agency_filter(self._agencies(agency), language=self.language)
            for key, (title, options) in (choices or {}).items():
                with st.container(key=f"filter_choice_{key}", width=164):
                    setattr(self, key, choice_filter(key, title, options, width=164))

    def _freshness(self, indicator: str) -> str:
        figure = asking.figure(indicator, self.viewer)
        return page.freshness_line(figure.freshness, figure.data_until, asking.moment(), "", self.language)

    def _period(self, grain: str) -> str | None:
        latest = say("screen.latest_period", self.language)
        closed = last_periods(latest_closed(asking.moment(), grain), 12)[::-1]
        names = {"latest": latest, **{p.label: write.period_label(p, self.language) for p in closed}}
        chosen = period_filter(names, language=self.language)
        return None if chosen == "latest" else chosen

    def _agencies(self, kind: str) -> dict[str, str]:
        return {a.id: a.name.of(self.language) for a in load_registry().agencies.values() if a.kind == kind}

    # Parts

    def strip(self, *indicators: str, last: int = 12, **extra: Any) -> None:
        """Draw KPI tiles with the truth label and the last values of each."""
        found = {i: self.divide(i, "time", last=last, **extra) for i in indicators}
        trends = {i: part.frame["value"].to_list() for i, part in found.items()}
        traced = may(self.viewer, "open_pages").allowed
        kpi_strip([part.figure for part in found.values()], trends, self.language, traced=traced)

    def trend_values(self, indicator: str, last: int, **extra: Any) -> list[float | None]:
        """Return the last values of an indicator, oldest first."""
        return self.divide(indicator, "time", last=last, **extra).frame["value"].to_list()

    def columns(self, shape: str) -> Sequence[Any]:
        """Return the columns of a named shape."""
        return page.columns_for(shape)

    def card(
        self, key: str, title: str = "", subtitle: str = "", simulated: bool = False
    ) -> AbstractContextManager[None]:
        """Open a card."""
        return page.card(key, title, subtitle, simulated, self.language)

    def section(self, title: str) -> None:
        """Draw the title of a part of a long page."""
        st.html(f'<h2 class="ioc-section">{escape(title)}</h2>')

    def attention(self, most: int = 5) -> None:
        """Draw the domain's open alerts, gravest first."""
        with self.card("attention", say("screen.attention_title", self.language)):
            attention.attention(work_of(self.viewer, self.language, self.id)[:most], self.language)

    def map_of_communes(
        self, indicator: str, edges: Sequence[float], title: str = "", key: str = "communes",
        labels: Sequence[str] = (), **extra: Any,
    ) -> None:  # fmt: skip
        """Draw an indicator by commune; the title says how many stand below the first edge.

        `labels`: the names of the five classes where they are not said by their bounds.
        """
        found = self.divide(indicator, "place", **{"place": None, **extra})
        figure = found.figure
        worse = (
            found.frame.filter(pl.col("value") < edges[1])
            if figure.direction == "up"
            else found.frame.filter(pl.col("value") >= edges[2])
        )
        bound = write.number(edges[1] if figure.direction == "up" else edges[2], 0, self.language)
        said = title or say(
            f"screen.communes_{'below' if figure.direction == 'up' else 'above'}",
            self.language,
            count=worse.height,
            bound=bound,
            unit=figure.unit[self.language],
        )
        if found.frame["value"].is_null().all():
            said = say("ui.empty_title", self.language)
        subtitle = f"{figure.name[self.language]} · {write.period_label(figure.period, self.language)}"
        with self.card(f"map_{key}"):
            choropleth(
                found.frame.with_columns(self.doors_by("place").alias("url")),
                edges=edges,
                key=key,
                title=said,
                subtitle=subtitle,
                unit=figure.unit[self.language],
                decimals=figure.decimals,
                labels=labels or None,
                simulated=figure.simulated,
                language=self.language,
            )

    def worst(
        self,
        indicator: str,
        by: str = "place",
        count: int = 10,
        extra: str | None = None,
        title: str = "",
        least: float = 0,
        key: str = "worst",
        **asked: Any,
    ) -> None:
        """Draw the worst parts of an indicator, each a door to the page for that part."""
        found = self.divide(indicator, by, **({"place": None} if by == "place" else {}), **asked)
        frame = self.name(found.frame).drop_nulls("value")
        if least:
            frame = frame.filter(pl.col("denominator").fill_null(0) >= least)
        frame = frame.sort("value", descending=found.figure.direction == "down").head(count)
        rows = frame.select(
            "name",
            "value",
            "status",
            *([pl.col(extra).alias("extra")] if extra else []),
            self.doors_by(by).alias("url"),
        )
        unit = found.figure.unit[self.language]
        head = title or say("screen.worst_title", self.language, count=count)
        with self.card(key, head, found.figure.name[self.language], found.figure.simulated):
            attention.ranking(
                rows,
                value_title=unit,
                decimals=found.figure.decimals,
                extra_title=say("screen.count", self.language) if extra else "",
                name_title=say(f"screen.by_{by}", self.language),
                language=self.language,
            )

    def trend(
        self,
        indicators: str | Sequence[str],
        last: int,
        grain: str | None = None,
        title: str = "",
        key: str | None = None,
        limit: float | None = None,
        limit_label: str = "",
        width: int = 868,
        height: int = 240,
        series_by: tuple[str, Sequence[str]] | None = None,
        subtitle: str = "",
        **extra: Any,
    ) -> None:
        """Draw one indicator over time, or several, or one for several values of a dimension."""
        names = [indicators] if isinstance(indicators, str) else list(indicators)
        parts: list[tuple[str, Breakdown]] = []
        if series_by:
            dimension, values = series_by
            from services.names import name_of

            parts = [
                (
                    name_of(dimension, v)[self.language],
                    self.divide(names[0], "time", last=last, grain=grain, **{**extra, "where": {dimension: v}}),
                )
                for v in values
            ]
        else:
            found = [self.divide(n, "time", last=last, grain=grain, **extra) for n in names]
            parts = [(f.figure.name[self.language], f) for f in found]
        figure = parts[0][1].figure
        frames = [f.frame.select("start", "value", pl.lit(n).alias("series")) for n, f in parts]
        frame = pl.concat(frames) if len(frames) > 1 else frames[0].drop("series")
        subtitle = subtitle or f"{figure.name[self.language]} · {figure.unit[self.language]}"
        key = key or f"trend_{names[0]}"
        with self.card(key, title or figure.name[self.language], subtitle, figure.simulated):
            if frame["value"].is_null().all():
                from components.states import empty

                empty(language=self.language)
                return
            chart(
                charts.line(
                    frame,
                    unit=figure.unit[self.language],
                    decimals=figure.decimals,
                    limit=limit,
                    limit_label=limit_label,
                    zero=figure.decimals == 0 and _is_small(frame["value"]),
                    language=self.language,
                ),
                key=f"chart_{key}",
                alt_text=f"{title}. {subtitle}",
                width=width,
                height=height,
                language=self.language,
            )

    def ranked(
        self,
        indicator: str,
        by: str,
        title: str,
        count: int = 15,
        key: str | None = None,
        width: int = 420,
        highlight: str | None = None,
        **extra: Any,
    ) -> None:
        """Draw an indicator by a dimension as ranked bars."""
        found = self.divide(indicator, by, **extra)
        frame = self.name(found.frame).drop_nulls("value").sort("value", descending=True).head(count)
        key = key or f"ranked_{indicator}_{by}"
        period = write.period_label(found.figure.period, self.language)
        subtitle = f"{found.figure.name[self.language]} · {period}"
        with self.card(key, title, subtitle, found.figure.simulated):
            if frame.is_empty():
                from components.states import empty

                empty(language=self.language)
                return
            chart(
                charts.bars(
                    frame.select("name", "value"),
                    unit=found.figure.unit[self.language],
                    decimals=found.figure.decimals,
                    highlight=highlight,
                    language=self.language,
                ),
                key=f"chart_{key}",
                alt_text=title,
                width=width,
                height=max(90, 24 * frame.height + 20),
                language=self.language,
            )

    def compare(
        self,
        indicators: Sequence[str],
        by: Literal["place", "agency"] | str,
        title: str,
        key: str = "compare",
        height: int | Literal["auto"] = 420,
        titles: Sequence[str] = (),
        with_units: bool = True,
        worst: str = "",
        least: float = 0,
        counts: Sequence[str] = (),
        **extra: Any,
    ) -> None:
        """Draw a table of several indicators by place, agency or another dimension, with export.

        `titles` are keys of the catalogue for shorter headers, one an indicator, to which units are added if
        `with_units`; `worst`: the indicator by which the worst come first, those with a denominator below `least` last;
        `counts`: the indicators of which a row without a value has none, so 0.
        """
        extra = {**extra, **({"place": None} if by == "place" else {})}
        found = [self.divide(i, by, **extra) for i in indicators]
        names = pl.concat([self.name(f.frame).select("key", "name") for f in found]).unique("key", maintain_order=True)
        frame = names
        for indicator, part in zip(indicators, found, strict=True):
            frame = frame.join(part.frame.select("key", pl.col("value").alias(indicator)), on="key", how="left")
            if indicator in counts and part.figure.value is not None:
                frame = frame.with_columns(pl.col(indicator).fill_null(0))
        if worst:
            part = found[list(indicators).index(worst)]
            few = part.frame.filter(pl.col("denominator").fill_null(0) < least)["key"].implode()
            down = part.figure.direction != "up"
            frame = frame.sort(pl.col("key").is_in(few), worst, descending=[False, down], nulls_last=True)
        wide = min(240, 24 + 7 * max((len(n) for n in frame["name"].drop_nulls()), default=20))
        columns = [ColumnSpec("name", say(f"screen.by_{by}"), say(f"screen.by_{by}", "en"), width=wide)]
        columns += [
            ColumnSpec(i, _titled(f.figure, "vi", t, with_units), _titled(f.figure, "en", t, with_units), "number",
                       f.figure.decimals)
            for i, f, t in zip(indicators, found, titles or [""] * len(indicators), strict=True)
        ]
        heads = [c.title(self.language) for c in columns[1:]]
        subtitle = _periods([f.figure for f in found], heads, self.language)
        with self.card(key, title, subtitle, found[0].figure.simulated):
            tables.table(frame, columns, key=f"table_{key}", height=height, language=self.language)
            tables.export_buttons(frame, columns, found[0].figure, f"{self.id}_{key}", self.language)

    def rows(
        self,
        frame: pl.DataFrame,
        columns: Sequence[ColumnSpec],
        label: Figure | Mapping[str, str],
        title: str,
        subtitle: str = "",
        key: str = "rows",
        height: int | Literal["content"] = 420,
        simulated: bool = False,
    ) -> None:
        """Draw rows as a table with export; `label` names their source."""
        with self.card(key, title, subtitle, simulated):
            tables.table(frame, columns, key=f"table_{key}", height=height, language=self.language)
            if not frame.is_empty():
                tables.export_buttons(frame, columns, label, f"{self.id}_{key}", self.language)


def _is_small(values: pl.Series) -> bool:
    """Say whether a few things are counted, which are compared with none."""
    top = values.max()
    return isinstance(top, int | float) and top <= 10


def _periods(figures: Sequence[Figure], heads: Sequence[str], spoken: str) -> str:
    """Return the period of figures that stand side by side; where they differ, which heads are of which."""
    told: dict[str, list[str]] = {}
    for figure, head in zip(figures, heads, strict=True):
        told.setdefault(write.period_label(figure.period, spoken), []).append(head)
    return next(iter(told)) if len(told) == 1 else " · ".join(f"{'; '.join(h)}: {p}" for p, h in told.items())


def _titled(figure: Figure, lang: str, title: str = "", with_unit: bool = True) -> str:
    unit, name = figure.unit[lang] if with_unit else "", say(title, lang) if title else figure.name[lang]
    return f"{name} ({unit})" if unit and unit != name else name


def work_of(viewer: Viewer, spoken: str, domain: str | None = None) -> list[attention.Work]:
    """Return the open alerts a viewer may see as rows of work, its own first, of these the gravest."""
    rows = []
    for alert in open_alerts(viewer, domain):
        silent = alert.rule == SILENT
        url = f"/data_quality?source={alert.subject}" if silent else f"/{alert.domain}"
        if alert.figure:
            url = f"/data_quality?figure={alert.figure}"
        rows.append(
            attention.Work(
                "stale" if silent else alert.severity,
                alert.subject_en if spoken == "en" else alert.subject_vi,
                alert.text_en if spoken == "en" else alert.text_vi,
                url,
                say("screen.see_why", spoken),
                alert.simulated,
                concerns(alert, viewer) if is_bound(viewer) else None,
            )
        )
    return rows


def open_page(page_id: str) -> Screen:
    """Authorise the viewer for a page (the second lock) and return its screen."""
    return Screen(page_id, require(page_id))


__all__ = ["Freshness", "Screen", "communes", "open_page", "st", "work_of"]
