"""Plays eight invented outlets with their feeds, and the register of what offices owe the press an answer to.

Stories are made by month with all their items; closed months come as one CSV, days over two days old as one each,
since then as the feeds themselves look every three hours: RSS and Atom, each with its own date, now and then a
web page in place of the feed or a feed cut short. Every third day a rumour starts and spreads fast.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from config.press import Feed, load_feeds
from config.registry import load_registry
from services.demo.months import by_month, days_of, last_months, next_month
from services.demo.plan import File, Plan, real_files
from services.demo.press_headlines import CORES, ELSEWHERE, RUMOURS, TAILS
from services.methods.working_days import LOCAL

FEEDS: Final = tuple(feed for feed in load_feeds().values() if feed.id.startswith("mp_"))
SHARE: Final = (0.24, 0.18, 0.12, 0.14, 0.08, 0.1, 0.06, 0.08)
HOURS: Final = (6, 9, 12, 15, 18, 20, 22)
AS_FEEDS_FOR: Final = timedelta(days=2)
IN_FEED: Final = 10
REFERENCES: Final = datetime(2026, 8, 15, tzinfo=UTC)
COLUMNS: Final = ("feed", "title", "published_raw", "link", "summary")
REGISTER: Final = ("Số theo dõi", "Loại", "Báo", "Tiêu đề", "Đường dẫn", "Nhận lúc", "Cơ quan trả lời", "Trả lời lúc",
                   "Bằng chứng", "Mã xã", "Cập nhật lúc")  # fmt: skip
AGENCIES: Final = {"thien_tai": "so_nnmt", "moi_truong": "so_nnmt", "dat_dai": "so_xd", "giao_thong": "so_xd",
                   "y_te": "so_yt", "giao_duc": "so_gddt", "kinh_te": "so_tc", "an_ninh": "cong_an",
                   "tai_nan": "cong_an", "an_sinh": "so_nv"}  # fmt: skip
KINDS: Final = (("Phát ngôn", 18, 0.93), ("Báo hỏi", 12 * 24, 0.95), ("Ý kiến bạn đọc", 9 * 24, 0.92),
                ("Gỡ tin", 14, 0.9), ("Kết luận khiếu nại", 3 * 24, 0.94))  # fmt: skip
"""Kinds of duty, usual hours until the answer, share answered in a usual time."""
DATES: Final = {
    "mp_xu_thanh": "%a, %d %b %Y %H:%M:%S +0700", "mp_song_ma": "%a, %d %b %Y %H:%M:%S +07",
    "mp_bac_trung_bo": "%m/%d/%Y %I:%M:%S\u202f%p", "mp_thoi_su_viet": "%Y-%m-%dT%H:%M:%S+07:00",
    "mp_kinh_te_xanh": "%a, %d %b %y %H:%M:%S +0700", "mp_doi_song_24h": "%d/%m/%Y %H:%M",
    "mp_nha_nong": "%a, %d %b %Y %H:%M:%S +07:00", "mp_phap_luat_so": "%a, %d %b %Y %H:%M:%S GMT+7",
}  # fmt: skip


class Item(NamedTuple):
    """An item as an outlet publishes it, `at` local."""

    at: datetime
    feed: str
    title: str
    link: str
    summary: str


class Duty(NamedTuple):
    """A duty with its whole life, moments local."""

    asked: datetime
    number: str
    kind: str
    item: Item
    agency: str
    place: str
    answered: datetime | None
    evidence: str


class Story(NamedTuple):
    """What a story is about, and who takes it up when (minutes after its start)."""

    at: datetime
    theme: str
    core: str
    place: str
    takers: tuple[tuple[int, int], ...]
    rumour: bool = False


# Stories and their items

@lru_cache(maxsize=1)
def _communes() -> tuple[list[str], list[float]]:
    places = list(load_registry().places.values())
    whole = sum(p.population for p in places)
    return [p.code for p in places], [p.population / whole for p in places]


@lru_cache(maxsize=128)
def _stories(seed: int, day: date, a_day: int) -> tuple[Story, ...]:
    """Return the stories that start on a day; of a headline a new story starts only days later."""
    chance = Plan("demo", seed, REFERENCES, REFERENCES).chance("press_day", day)
    cycle = len(CORES) // a_day
    order = np.random.default_rng([seed, day.toordinal() // cycle]).permutation(len(CORES))
    codes, weights = _communes()
    found = []
    for n in range(a_day):
        theme, core = CORES[int(order[(day.toordinal() % cycle) * a_day + n])]
        at = datetime.combine(day, time(5)) + timedelta(minutes=int(chance.integers(0, 16 * 60)))
        count = 1 + min(int(chance.geometric(0.5)) - 1, 5)
        found.append(Story(at, theme, core, str(chance.choice(codes, p=weights)), _takers(chance, count, 700)))
    if day.toordinal() % 3 == 0:
        theme, core, _ = RUMOURS[day.toordinal() // 3 % len(RUMOURS)]
        at = datetime.combine(day, time(7, 40))
        found.append(Story(at, theme, core, str(chance.choice(codes, p=weights)), _takers(chance, 6, 300), True))
    return tuple(found)


def _takers(chance: np.random.Generator, count: int, minutes: int) -> tuple[tuple[int, int], ...]:
    outlets = chance.choice(len(FEEDS), size=count, replace=False, p=SHARE)
    waits = [0, *sorted(int(w) for w in chance.integers(20, minutes, count - 1))]
    return tuple(zip((int(o) for o in outlets), waits, strict=True))


def _worded(story: Story, name: str, n: int) -> str:
    core = story.core
    shapes = (f"Thanh Hóa: {core[0].upper()}{core[1:]} ở {name}", f"{name}: {core}",
              f"{core[0].upper()}{core[1:]} tại {name} (Thanh Hóa)")  # fmt: skip
    return shapes[n % len(shapes)]


def _items_of(story: Story) -> Iterator[Item]:
    place = load_registry().places[story.place]
    for n, (outlet, wait) in enumerate(story.takers):
        at = story.at + timedelta(minutes=wait)
        tail = TAILS[(at.minute + n) % len(TAILS)]
        number = f"{at:%y%m%d%H%M}{outlet}"
        yield Item(at, FEEDS[outlet].id, _worded(story, place.name, n), f"{_host(FEEDS[outlet])}/tin-{number}.html",
                   f"{place.full_name}, tỉnh Thanh Hóa: {story.core}; {tail}.")  # fmt: skip


def _host(feed: Feed) -> str:
    return feed.url.split("/rss")[0].split("/atom")[0].split("/home")[0].split("/feed")[0]


@lru_cache(maxsize=8)
def month_of_items(seed: int, profile: str, month: date) -> tuple[Item, ...]:
    """Return the items published in a month, by moment; a story may run over from the day before."""
    a_day = 10 if profile != "province" else 20
    found, day = list[Item](), month - timedelta(days=1)
    while day < next_month(month):
        for story in _stories(seed, day, a_day):
            found += _items_of(story)
        found += _elsewhere(seed, day)
        day += timedelta(days=1)
    start, end = (datetime.combine(d, time()) for d in (month, next_month(month)))
    return tuple(sorted(item for item in found if start <= item.at < end))


def _elsewhere(seed: int, day: date) -> Iterator[Item]:
    chance = Plan("demo", seed, REFERENCES, REFERENCES).chance("press_elsewhere", day)
    for n in range(10):
        feed = FEEDS[int(chance.integers(2, len(FEEDS)))]
        at = datetime.combine(day, time(6)) + timedelta(minutes=int(chance.integers(0, 15 * 60)))
        title = ELSEWHERE[(day.toordinal() + n) % len(ELSEWHERE)]
        yield Item(at, feed.id, title, f"{_host(feed)}/tin-{at:%y%m%d%H%M}k.html", "")


# Feeds as they look

def published(item: Item) -> str:
    """Return an item's date as its outlet writes it."""
    return item.at.strftime(DATES[item.feed])


def feed_text(feed: Feed, items: list[Item]) -> str:
    """Return a feed with these items, newest first; its editors are named, as feeds do, and never read."""
    if feed.url.endswith("atom.xml"):
        said = "".join(
            f"<entry><title>{escape(i.title)}</title><link href=\"{i.link}\"/><id>{i.link}</id>"
            f"<updated>{published(i)}</updated><author><name>Biên tập viên (mô phỏng)</name>"
            f"<email>toa.soan@mo-phong.invalid</email></author><summary>{escape(i.summary)}</summary></entry>"
            for i in items
        )  # fmt: skip
        return ('<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>'
                f"{escape(feed.name)}</title>{said}</feed>")  # fmt: skip
    said = "".join(
        f"<item><title>{escape(i.title)}</title><link>{i.link}</link><pubDate>{published(i)}</pubDate>"
        "<author>toa.soan@mo-phong.invalid (Biên tập viên mô phỏng)</author>"
        f'<description><![CDATA[<a href="{i.link}"><img src="anh.jpg"></a></br>{i.summary}]]></description></item>'
        for i in items
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{escape(feed.name)}</title>{said}</channel></rss>'  # noqa: E501


def _feeds_of_day(plan: Plan, day: date, known: tuple[Item, ...]) -> Iterator[File]:
    """Yield what the feeds look like every three hours, where something is new; one a day is broken."""
    spoilt = int(plan.chance("press_spoilt", day).integers(0, len(FEEDS)))
    before = datetime.combine(day - timedelta(days=1), time(HOURS[-1]))
    for hour in HOURS:
        at = datetime.combine(day, time(hour))
        due = at.replace(tzinfo=LOCAL) + timedelta(minutes=2)
        for n, feed in enumerate(FEEDS):
            items = [i for i in known if i.feed == feed.id and i.at <= at][: -IN_FEED - 1 : -1]
            if not items or items[0].at <= before or not plan.holds(due):
                continue
            text = feed_text(feed, items)
            if n == spoilt and hour in (9, 12):
                text = "<!DOCTYPE html><html><body>Bảo trì</body></html>" if hour == 9 else text[: len(text) * 2 // 3]
            yield File("press_feeds", f"{feed.id}__{at:%Y%m%dT%H}.xml", text.encode(), due)
        before = at


def _table(items: tuple[Item, ...] | list[Item]) -> bytes:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(COLUMNS)
    write.writerows((i.feed, i.title, published(i), i.link, i.summary) for i in items)
    return ("\ufeff" + out.getvalue()).encode()


# The register

@lru_cache(maxsize=16)
def month_of_duties(seed: int, profile: str, month: date) -> tuple[Duty, ...]:
    """Return what offices were asked in a month, with the answers."""
    stories = [s for d in range((next_month(month) - month).days)
               for s in _stories(seed, month + timedelta(days=d), 10 if profile != "province" else 20)]  # fmt: skip
    chance = Plan("demo", seed, REFERENCES, REFERENCES).chance("press_duties", month)
    found = []
    for n, story in enumerate(stories):
        if not story.rumour and chance.random() > 0.07:
            continue
        kinds = (0, 3) if story.rumour else (int(chance.choice([1, 2, 4], p=[0.4, 0.45, 0.15])),)
        found += [_duty(chance, month, n, kind, story) for kind in kinds]
    return tuple(sorted(found))


def _duty(chance: np.random.Generator, month: date, n: int, kind: int, story: Story) -> Duty:
    name, usual, share = KINDS[kind]
    asked = story.at + timedelta(minutes=int(chance.integers(60, 300)))
    luck, wait = chance.random(), float(chance.uniform(0.2, 1.15))
    late = luck > share
    hours = usual * wait if not late else usual * float(chance.uniform(1.6, 3.5))
    answered = None if luck > 0.996 else asked + timedelta(hours=hours)
    agency = next((a for _, core, a in RUMOURS if core == story.core), AGENCIES.get(story.theme, "vp_ubnd"))
    item = next(iter(_items_of(story)))
    evidence = "" if chance.random() < 0.06 else f"{int(chance.integers(100, 9000))}/MP-BC"
    return Duty(asked, f"BC-MP-{month:%y%m}-{n:04d}-{kind}", name, item, agency, story.place, answered, evidence)


def _register(duties: list[Duty], at: datetime) -> bytes:
    agencies, names = load_registry().agencies, {f.id: f.name for f in FEEDS}
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(REGISTER)
    for duty in duties:
        done = duty.answered is not None and duty.answered <= at
        told = duty.answered if done and duty.answered else duty.asked
        where = "Mạng xã hội (mô phỏng)" if duty.kind == "Gỡ tin" else names[duty.item.feed]
        write.writerow((
            duty.number, duty.kind, where, duty.item.title, duty.item.link, f"{duty.asked:%d/%m/%Y %H:%M}",
            agencies[duty.agency].name.vi, f"{duty.answered:%d/%m/%Y %H:%M}" if done else "",
            duty.evidence if done else "", duty.place, f"{told:%d/%m/%Y %H:%M}"))  # fmt: skip
    return ("\ufeff" + out.getvalue()).encode()


def _known_duties(plan: Plan, since: datetime, until: datetime) -> list[Duty]:
    """Return the duties asked or answered in `(since, until]`."""
    months = last_months((until - timedelta(seconds=1)).date(), 4)
    return [
        d for month in months for d in month_of_duties(plan.seed, plan.profile, month)
        if d.asked <= until and (d.asked > since or (d.answered is not None and since < d.answered <= until))
    ]  # fmt: skip


def _register_of(plan: Plan, name: str, since: datetime, until: datetime) -> Iterator[File]:
    duties = _known_duties(plan, since, until)
    late = plan.chance("press_register", until).random() < 0.05
    due = until.replace(tzinfo=LOCAL) + timedelta(minutes=20, hours=14 if late else 0)
    if duties:
        yield File("press_duties", f"SoBaoChi_{name}.csv", _register(duties, until), due)


# The window

def _month(plan: Plan, month: date) -> Iterator[File]:
    start, end = (datetime.combine(d, time()) for d in (month, next_month(month)))
    due = datetime.combine(next_month(month), time(6), LOCAL)
    items = month_of_items(plan.seed, plan.profile, month)
    yield File("press_feeds", f"tin_{month:%Y%m}.csv", _table(items), due)
    duties = _register(_known_duties(plan, start, end), end)
    yield File("press_duties", f"SoBaoChi_{month:%Y%m}.csv", duties, due)


def _days(plan: Plan, month: date) -> Iterator[File]:
    for day in days_of(plan, month, back=1):
        start, end = (datetime.combine(d, time()) for d in (day, day + timedelta(days=1)))
        known = month_of_items(plan.seed, plan.profile, month)
        if plan.days[1] - day <= AS_FEEDS_FOR:
            before = month_of_items(plan.seed, plan.profile, last_months(month, 2)[0])
            yield from _feeds_of_day(plan, day, (*before[-200:], *known))
        else:
            today = [i for i in known if start <= i.at < end]
            due = end.replace(tzinfo=LOCAL) + timedelta(minutes=10)
            yield File("press_feeds", f"tin_{day:%Y%m%d}.csv", _table(today), due)
        yield from _register_of(plan, f"{day:%Y%m%d}", start, end)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the files due in the plan's window, by due moment."""
    first = plan.days[0] - timedelta(days=1)
    yield from by_month(plan, first, lambda month, whole: (_month if whole else _days)(plan, month))


def references() -> Iterator[File]:
    """Yield the real headlines that come with the product."""
    yield from real_files(REFERENCES, ("press_headlines", "press/headlines_thanh_hoa.csv"))
