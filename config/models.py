"""The registry's words as frozen models: what a YAML file under `config/` may say, and nothing else."""

import re
from datetime import date, timedelta
from fnmatch import fnmatch
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Grain = Literal[
    "hour", "day", "week", "month", "quarter", "year", "report_month", "report_quarter", "report_year"
]
Combine = Literal["sum", "mean", "max", "min", "last"]
Severity = Literal["near", "bad", "critical"]
ColumnType = Literal["text", "integer", "number", "instant", "boolean"]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Aggregate = Literal["count", "sum", "min", "max"]
AGGREGATES: tuple[Aggregate, ...] = ("count", "sum", "min", "max")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "M": timedelta(days=31)}


def _duration(value: Any) -> Any:
    """Read `5m`, `2h`, `10d`, `1M` (31 days); raise ValueError otherwise."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d+)([mhdM])", str(value))
    if not match:
        raise ValueError("khoảng thời gian viết như 5m, 2h, 10d, 1M")
    return int(match[1]) * UNITS[match[2]]


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Declared(BaseModel):
    """What all declarations share: they are frozen and refuse unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Text(Declared):
    """A text in both languages."""

    vi: str
    en: str

    def of(self, language: str) -> str:
        """Return the text in `language`."""
        return self.en if language == "en" else self.vi

    def both(self) -> dict[str, str]:
        """Return the text by language."""
        return {"vi": self.vi, "en": self.en}


class Agency(Declared):
    """A body that owns data or acts. `official_code` stays empty until the province gives it."""

    id: Slug
    name: Text
    kind: Literal["department", "commune", "centre", "national", "enterprise"]
    place: str = ""
    official_code: str = ""


class Measure(Declared):
    """One aggregate of a rollup; expressions are SQL over the fact's columns.

    `count: "status = '00'"` counts the rows for which it holds (`count: all`: every row);
    `sum`, `min`, `max` take an expression and, if need be, `where`.
    """

    count: str | None = None
    sum: str | None = None
    min: str | None = None
    max: str | None = None
    where: str | None = None

    @model_validator(mode="after")
    def _is_one_aggregate(self) -> "Measure":
        if sum(part is not None for part in (self.count, self.sum, self.min, self.max)) != 1:
            raise ValueError("một phép gộp: count, sum, min hoặc max")
        return self

    @property
    def kind(self) -> Aggregate:
        """Return the aggregate's name."""
        return next(k for k in AGGREGATES if getattr(self, k) is not None)

    @property
    def expression(self) -> str:
        """Return what is aggregated."""
        return str(getattr(self, self.kind))


class Rollup(Declared):
    """A table of aggregates that is kept up with its fact, by bucket of time and dimensions.

    Given `method`, the table is computed from another rollup by a pure function of `services/methods`:
    `from` names it, `lookback` says how far back a bucket depends on earlier ones; `beside`: further facts
    whose rows the method is given after the base's (permits beside readings); a change there computes it anew.
    """

    id: Slug
    grain: Literal["hour", "day", "month"]
    by: list[Slug]
    time: str | None = None
    where: str | None = None
    measures: dict[Slug, Measure] = {}
    method: str | None = None
    source: Slug | None = Field(None, alias="from")
    lookback: Duration = timedelta()
    beside: list[Slug] = []
    columns: dict[Slug, ColumnType] = {}


class ListOf(Declared):
    """A list of a fact's rows that people work through: an SQL condition (`:now` is the moment) and its order.

    `order`: columns, with a minus the other way round; `time`: the column a period chosen is about.
    """

    where: str | None = None
    order: list[Annotated[str, Field(pattern=r"^-?[a-z][a-z0-9_]*$")]] = []
    time: Slug | None = None


class SecretBy(Declared):
    """The key columns by which a document is one in all parts and sources: called secret once, all of it goes.

    `keyed`: the column is a keyed hash already, from which nothing can be read; `leaves`: the method that makes of
    such rows those that only count them, where a total must still come out.
    """

    by: list[Slug] = Field(min_length=1)
    keyed: bool = False
    leaves: str | None = None

    @model_validator(mode="after")
    def _one_hash(self) -> "SecretBy":
        if self.keyed and len(self.by) > 1:
            raise ValueError("khóa đã băm (keyed) chỉ là một cột")
        return self


class Fact(Declared):
    """A table of events or readings: its columns, natural key, time, and what is rolled up from it.

    `entity` is what has one latest row (a station, a vessel); `version` a column by which, of two
    deliveries of one key, the higher wins (otherwise the later delivery wins); `search` a column of
    folded words and `search_by` the first columns of the key that a text belongs to (all, unless said);
    `completed` a method, where rows come in parts (a message and the reports on it): a column
    that a part leaves empty keeps its value in force, then the method computes what follows from the whole;
    `secret` makes what was stored before it was called secret go again (`data_access/ingestion/secrecy.py`);
    `published`: the rows are public, anybody may list them.
    """

    id: Slug
    name: Text
    time: Slug
    key: list[Slug]
    columns: dict[Slug, ColumnType]
    entity: Slug | None = None
    latest: bool = False
    version: Slug | None = None
    indexes: list[list[Slug]] = []
    rollups: list[Rollup] = []
    completed: str | None = None
    default_where: dict[Slug, str] = {}
    restricted: list[Slug] = []
    lists: dict[Slug, ListOf] = {}
    search: Slug | None = None
    search_by: list[Slug] = []
    secret: SecretBy | None = None
    published: bool = False

    @model_validator(mode="after")
    def _names_its_own_columns(self) -> "Fact":
        named = [self.time, *self.key, *self.restricted, *(c for index in self.indexes for c in index)]
        named += [c for rollup in self.rollups for c in rollup.by]
        named += self.search_by
        named += [c.removeprefix("-") for found in self.lists.values() for c in found.order]
        named += [c for c in (self.search, *(found.time for found in self.lists.values())) if c]
        if unknown := sorted(set(named) - set(self.columns)):
            raise ValueError(f"cột chưa khai báo: {', '.join(unknown)}")
        if self.secret and not set(self.secret.by) <= set(self.search_by or self.key) & set(self.key):
            raise ValueError("cột của văn bản mật (secret.by) phải thuộc khóa (key) và search_by")
        return self


class FieldRule(Declared):
    """Where a column of the fact comes from in the file and what it must satisfy.

    `missing`: texts that mean "no value"; `mapping`: texts turned into the fact's own words;
    `attributes`: further columns taken from the catalogue entry of a place, agency or station;
    `ordinal`: the how-manieth row with these columns alike, where the source has no key of its own.
    """

    source: str | None = Field(None, alias="from")
    type: Literal["text", "integer", "number", "instant", "date", "boolean", "place", "agency", "station"] = (
        "text"
    )
    required: bool = False
    constant: str | None = None
    missing: list[str] = []
    mapping: dict[str, str] = Field({}, alias="map")
    one_of: list[str] = []
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    formats: list[str] = []
    zone: Literal["local", "utc"] = "local"
    decimal_comma: bool = False
    future: bool = False
    outside: bool = False
    attributes: dict[Slug, str] = {}
    ordinal: list[Slug] = []


class Check(Declared):
    """A rule over a whole row, an SQL expression compiled by Polars that must not be false."""

    id: Slug
    rule: str
    column: str
    text: Text


class Layout(Declared):
    """How a source's files look: the parser, the header names expected and the parser's own options."""

    parser: str
    sheet: str | None = None
    columns: list[str] = []
    optional: list[str] = []
    options: dict[str, Any] = {}

    @property
    def expected(self) -> list[str]:
        """Return the names of all columns of the frame, in order."""
        return [*self.columns, *(name for name in self.optional if name not in self.columns)]

    @property
    def most_bytes(self) -> int:
        """Return the largest size of a file, and of an unpacked one, in bytes."""
        return int(float(self.options.get("max_mb", 100)) * 1_000_000)


class Secret(Declared):
    """Rows of a table that are secret documents: none of them is ever kept, they are only counted.

    A row is secret unless its cell in `column` is one of `allowed`, or empty where "" is allowed; `keep`
    names the columns left of it, where a count by day or book is needed.
    """

    column: str
    allowed: list[str] = ["Thường", ""]
    keep: list[str] = []


class Source(Declared):
    """Where data comes from and what it must satisfy (connector, layout, contract, promise).

    `every`, `addresses`: how often a fetching connector looks, and the file under `config/` of the addresses
    registered for it (none other is ever visited).
    `layouts`: by file name pattern (`*.json`), for agencies that send one kind of rows in several forms.
    `computed` and `checks` may use `_received`, the moment at which the file is taken in.
    `naming`: the method that computes the key of any row, broken ones too, where no cell names it (see `SecretBy`).
    `personal`: columns and JSON keys of which nothing is kept; `hashed`: contacts of which only a keyed hash
    is kept, the first of them taking the next one's where it is empty; `masked`: words in which telephone
    numbers, mail addresses, identity numbers and names are masked; `offices`: lists of offices, in which whatever is
    none is masked. With the latter three nothing is kept of columns that the layout does not name, and contacts are
    masked in whatever column they were typed.
    """

    id: Slug
    name: Text
    domain: Slug
    owner: Slug
    fact: Slug
    simulated: bool = False
    reference: bool = False
    connector: Literal["files", "rss", "probe"] = "files"
    every: Duration | None = None
    addresses: str = ""
    location: str = ""
    files: str = "*"
    layout: Layout
    layouts: dict[str, Layout] = {}
    fields: dict[Slug, FieldRule]
    personal: list[str] = []
    hashed: list[str] = []
    masked: list[str] = []
    offices: list[str] = []
    secret: Secret | None = None
    computed: dict[Slug, str] = {}
    method: str | None = None
    naming: str | None = None
    checks: list[Check] = []
    reject_ceiling: float = Field(0.2, ge=0, le=1)
    cycle: Duration | None = None
    lateness: Duration = timedelta()
    dead_after: Duration | None = None
    expected_per_day: int | None = None
    licence: str = ""
    origin: str = ""

    @model_validator(mode="after")
    def _fetches_what_is_registered(self) -> "Source":
        if (self.connector != "files") != bool(self.every and self.addresses):
            raise ValueError("connector rss, probe cần every và addresses; connector files không dùng chúng")
        return self

    @model_validator(mode="after")
    def _reads_no_person(self) -> "Source":
        named = {name for look in (self.layout, *self.layouts.values()) for name in look.expected}
        if unread := sorted({*self.hashed, *self.masked, *self.offices} - named):
            raise ValueError(f"cột băm hoặc che (hashed, masked, offices) không có trong layout: {', '.join(unread)}")
        if read := sorted(set(self.personal) & named):
            raise ValueError(f"cột cá nhân (personal) không được đọc trong layout: {', '.join(read)}")
        return self

    def layout_of(self, file: str) -> Layout:
        """Return how a file looks by its name: the first pattern of `layouts` that fits, else `layout`."""
        return next(
            (look for pattern, look in self.layouts.items() if fnmatch(file.lower(), pattern)), self.layout
        )


class Correction(Declared):
    """A declared repair of a wrong value at its source, with a guard that fails once it mends itself."""

    id: Slug
    source: Slug
    where: dict[str, str]
    expect: dict[str, str]
    values: dict[str, str]
    reason: Text
    status: Literal["open", "reported", "closed"]
    since: date


class AlertRule(Declared):
    """When an indicator's figures become an alert: a condition over `value`, how long, how grave.

    `no_data`: what a subject of which nothing is known now means to its alert: it stays (`keep`), ends, or opens.
    A rule that rests on what is not yet confirmed ships with `enabled: false` and raises nothing.
    """

    id: Slug
    when: str
    enabled: bool = True
    severity: Severity
    by: Slug | None = None
    hold: Duration = timedelta()
    no_data: Literal["keep", "resolve", "alert"] = "resolve"
    text: Text


class MeasureOf(Declared):
    """A measure of a fact's rollup, summed; `per` divides it by another measure of the same rollup."""

    fact: Slug
    measure: Slug
    per: Slug | None = None
    scale: float = 1
    where: dict[Slug, str] = {}


class ValueOf(Declared):
    """A column of a fact or of a computed rollup: combined over time per entity, then across entities.

    `numerator`, `denominator`: columns shown with the value wherever it is one entity's own;
    `newest`: of several rows of one entity and time (vintages), the one highest in this column counts;
    `status`: a column that says `preliminary`; `within`: the period asked about takes the value of the
    year, quarter or month that holds it (a year's plan beside a month's result);
    `counts`: the column counts rows, so that none told of is zero and not unknown.
    """

    table: Slug
    column: Slug
    counts: bool = False
    time: Combine = "last"
    across: Combine = "sum"
    entity: list[Slug] = []
    numerator: Slug | None = None
    denominator: Slug | None = None
    newest: Slug | None = None
    status: Slug | None = None
    within: Literal["month", "quarter", "year"] | None = None
    where: dict[Slug, str] = {}


class RatioOf(Declared):
    """One indicator over another: summed first, divided after."""

    numerator: Slug
    denominator: Slug
    scale: float = 100


class FormulaOf(Declared):
    """An SQL expression over other indicators of the same question."""

    formula: str
    of: list[Slug]


class StockOf(Declared):
    """Rows open at the end of the period: entered by then and not yet left (columns of instants)."""

    fact: Slug
    enter: Slug
    leave: Slug
    where: dict[Slug, str] = {}
    condition: str | None = None


class Open(Declared):
    """The columns of instants between which a row is open; no leaving means still open."""

    enter: Slug
    leave: Slug


class SnapshotOf(Declared):
    """The state of every entity at a moment, by a method over its last row: how many satisfy `count`.

    `value`: an SQL aggregate over the states instead of a count (`quantile_cont(age_hours, 0.9)`);
    `rests_on`: which states such a value is made of, where not all, for its trace;
    `open`: the method is given the rows open at the moment instead of each entity's last;
    `beside`: further facts whose rows the method is given after the moment, in this order;
    `by`: the dimensions that its states keep, where not the fact's place and agency.
    """

    fact: Slug
    method: str
    count: str | None = None
    value: str | None = None
    rests_on: str | None = None
    open: Open | None = None
    beside: list[Slug] = []
    by: list[Slug] = ["place", "agency"]
    where: dict[Slug, str] = {}

    @model_validator(mode="after")
    def _counts_or_measures(self) -> "SnapshotOf":
        if (self.count is None) == (self.value is None):
            raise ValueError("trạng thái được đếm (count) hoặc gộp thành một số (value), không cả hai")
        return self

    @property
    def aggregate(self) -> str:
        """Return the SQL aggregate over the states."""
        return self.value or f"sum(case when {self.count} then 1.0 else 0.0 end)"


class PercentileOf(Declared):
    """A percentile read from a rollup's histogram: counts by bin of a value (`services/methods/percentiles`).

    `bins` is the fact's column that holds each row's bin, `measure` the rollup's count of rows.
    """

    fact: Slug
    bins: Slug
    measure: Slug
    percentile: float = Field(gt=0, lt=1)
    where: dict[Slug, str] = {}


class ExpectedOf(Declared):
    """How many values the stations in service promise for a period, whether a file came or not.

    From the stations' cadence, parameters and dates of service; `where` as on the fact (`kind: air`).
    """

    expected: Slug
    where: dict[Slug, str] = {}


class LimitOf(Declared):
    """The limit of a technical regulation that is an indicator's target, by the day of the period."""

    parameter: str
    average: str
    category: str | None = None
    bound: Literal["upper", "lower"] = "upper"


Origin = MeasureOf | ValueOf | RatioOf | FormulaOf | StockOf | SnapshotOf | PercentileOf | ExpectedOf


class Indicator(Declared):
    """The definition of one figure.

    `hide_below`: a commune's count of persons (of a ratio: its numerator) from 1 to below this is hidden from
    all but those entitled.
    """

    id: Slug
    name: Text
    why: Text
    unit: Text
    grain: Grain
    origin: Origin = Field(alias="from")
    source: Slug
    owner: Slug
    direction: Literal["up", "down", "neutral"] = "neutral"
    target: float | None = None
    target_limit: LimitOf | None = None
    near_target: float | None = None
    critical: float | None = None
    target_uncertain: bool = False
    decimals: int = 0
    legal_basis: str = ""
    formula: Text | None = None
    visibility: Literal["public", "internal", "restricted"] = "internal"
    hide_below: int | None = Field(None, ge=2)
    scale: Literal["aqi", "wqi"] | None = None
    to_date: bool = False
    cycle: Duration | None = None
    lateness: Duration | None = None
    synonyms: list[str] = []
    alerts: list[AlertRule] = []

    @model_validator(mode="after")
    def _target_has_a_direction(self) -> "Indicator":
        if (self.target is not None or self.target_limit) and self.direction == "neutral":
            raise ValueError("chỉ tiêu có mục tiêu cần direction: up hoặc down")
        return self


class Domain(Declared):
    """One of the fields the centre watches: one page of the same stem.

    `life`: people's lives or health are at stake, so that of equally grave things its own come first.
    `enabled: false`: declared and checked, but nothing of it is in use: no page, tile, indicator, source, rule, demo.
    `facts`: tables that are its alone; `texts`: its words on the screen by key of the catalogue (`<area>.<key>`).
    """

    id: Slug
    order: int
    prefix: Slug
    name: Text
    question: Text
    owner: Slug
    icon: str = "monitoring"
    main: Slug
    life: bool = False
    enabled: bool = True
    facts: list[Fact] = []
    texts: dict[Annotated[str, Field(pattern=r"^[a-z_]+\.[A-Za-z0-9_]+$")], Text] = {}
    indicators: list[Indicator] = []

    @model_validator(mode="after")
    def _ids_carry_the_prefix(self) -> "Domain":
        for indicator in self.indicators:
            if not indicator.id.startswith(f"{self.prefix}_"):
                raise ValueError(f"mã chỉ tiêu {indicator.id} phải bắt đầu bằng {self.prefix}_")
        return self


class Parameter(Declared):
    """What a station measures: its symbol in the agency's files and the unit they use."""

    symbol: str
    unit: str
    name: str = ""


class Outfall(Declared):
    """What the limits of an outlet or stack depend on where its permit gives none.

    `column`: of the regulation; `receiving`, `size`: river m³/s, lake m³; `flow`: waste water m³/day, gas m³/h;
    `area`: 1-5, for Kv; `licensed`: the day of the licence, which decides between a regulation and its successor.
    """

    enterprise: Text
    column: Literal["A", "B", "B1", "B2", "C"] = "B"
    sector: Literal["industry", "boiler", "cement", "thermal_coal"] = "industry"
    receiving: Literal["river", "lake", "coast", "bathing"] | None = None
    size: float | None = None
    flow: float | None = None
    area: Annotated[int, Field(ge=1, le=5)] | None = None
    o2_reference: float | None = None
    licensed: date | None = None


class Station(Declared):
    """A measuring point; `code` as in the agency's files, `scope: outside` never enters the province's figures.

    `since`: first day in service; `source`: the source that alone sends it, where that is not the indicator's.
    """

    code: str
    kind: Literal["air", "water", "effluent", "stack", "rain", "river"]
    name: Text
    place: str = ""
    scope: Literal["inside", "outside"] = "inside"
    lat: float
    lon: float
    agency: Slug
    simulated: bool = False
    since: date | None = None
    source: Slug | None = None
    cadence_minutes: int = 5
    parameters: list[Parameter] = []
    outfall: Outfall | None = None
    note: Text | None = None


class Place(Declared):
    """A commune or ward by its official code."""

    code: str
    name: str
    full_name: str
    type: str
    lat: float
    lon: float
    area_km2: float
    population: int
    zone: str
    former_district: str
    aliases: tuple[str, ...] = ()
    coastal: bool = False
