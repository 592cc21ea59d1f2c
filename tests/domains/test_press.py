"""Báo chí: feeds as they really come, stories, places, topics, duties; the broken ones survived and told."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlalchemy import delete, select

from config.press import load_feeds, load_press
from config.registry import load_registry
from config.settings import CONFIG, settings
from data_access.database import reading, writing
from data_access.facts import fact_table
from data_access.ingestion.parsers.feed import cleaned_feed, parse_feed
from data_access.ingestion.parsing import Layout, Unreadable
from data_access.ingestion.pipeline import Delivery, Receipt, ingest
from data_access.ingestion.pipeline import store as store_prepared
from data_access.ingestion.preparing import prepare
from services.demo.plan import File, Plan
from services.demo.press import deliveries, references
from services.indicators import figure, figures, states
from services.methods.catalogue import METHODS
from services.methods.press_dates import published_at
from services.methods.press_stories import alike, words_of
from services.methods.press_words import matches, pattern, places, spread, spread_text, topics

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DATA = Path(__file__).parent / "press_data"
LAYOUT = Layout(parser="feed", columns=["feed", "title", "published_raw"])
SHAPES = {  # the thirteen shapes of 11,556 real items of July and August 2026, and the moment each tells
    "Mon, 20 Jul 2026 06:25:28 +07:00": "2026-07-19T23:25:28", "Mon, 20 Jul 2026 06:04:00 +07": "2026-07-19T23:04:00",
    "Mon, 20 Jul 2026 05:37:41 +0700": "2026-07-19T22:37:41", "Sun, 19 Jul 2026 06:04:35 GMT": "2026-07-19T06:04:35",
    "Mon, 20 Jul 26 06:25:00 +0700": "2026-07-19T23:25:00", "7/19/2026 8:53:00 PM": "2026-07-19T13:53:00",
    "7/20/2026 5:25:00\u202fAM": "2026-07-19T22:25:00", "8/1/2026 6:00:00 AM": "2026-07-31T23:00:00",
    "7/19/2026 11:58:00\u202fPM": "2026-07-19T16:58:00", "8/1/2026 4:54:00\u202fAM": "2026-07-31T21:54:00",
    "8/1/2026 12:29:00\u202fAM": "2026-07-31T17:29:00", "7/19/2026 11:43:00 PM": "2026-07-19T16:43:00",
    "8/1/2026 10:23:00 PM": "2026-08-01T15:23:00",
}  # fmt: skip
VECTORS = (
    "Mon, 23 Nov 2026 15:05:00 +0700", "Mon, 23 Nov 2026 15:05:00 GMT+7", "Mon, 23 Nov 2026 15:05:00",
    "2026-11-23 15:05:00", "2026-11-23T08:05:00Z", "15:05 23/11/2026", "Mon, 23 Nov 26 15:05:00 +0700",
    "11/23/2026 3:05:00 PM", "23/11/2026 15:05", "Thứ Hai, 23/11/2026 15:05", "23/11/2026 - 15:05",
)  # fmt: skip


def rss(*items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    return f'{head}<rss version="2.0"><channel><title>Báo</title>{"".join(items)}</channel></rss>'


def item(title: str, date: str = "Mon, 23 Nov 2026 15:05:00 +0700", summary: str = "", more: str = "") -> str:
    link = f"https://xu-thanh.mo-phong.invalid/{abs(hash(title))}.html"
    return (f"<item><title>{title}</title><link>{link}</link>"
            f"<pubDate>{date}</pubDate><description><![CDATA[{summary}]]></description>{more}</item>")  # fmt: skip


def deliver(source: str, name: str, content: bytes | str, at: datetime = NOW) -> Receipt:
    whole = content.encode() if isinstance(content, str) else content
    (receipt,) = ingest(load_registry().sources[source], [Delivery(name, whole)], METHODS, at)
    return receipt


def take(*items: str, feed: str = "mp_xu_thanh", name: str = "1", at: datetime = NOW) -> Receipt:
    return deliver("press_feeds", f"{feed}__{name}.xml", rss(*items), at)


def stored(fact: str = "article") -> list[dict[str, Any]]:
    table = fact_table(fact)
    with reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table).order_by(table.c.recorded_at))]


# Dates

@pytest.mark.parametrize(("raw", "told"), SHAPES.items())
def test_the_thirteen_shapes_of_real_dates(raw: str, told: str) -> None:
    order = "mdy" if raw.endswith("M") else "dmy"
    assert published_at(raw, order) == datetime.fromisoformat(told).replace(tzinfo=UTC)


@pytest.mark.parametrize("raw", VECTORS)
def test_one_moment_in_every_shape_and_seven_hours_east_where_none_is_told(raw: str) -> None:
    assert published_at(raw) == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)


def test_days_and_months_stand_as_the_feed_declares_and_what_is_no_date_is_none() -> None:
    assert published_at("03/04/2026 10:00") == datetime(2026, 4, 3, 3, tzinfo=UTC)
    assert published_at("03/04/2026 10:00", "mdy") == datetime(2026, 3, 4, 3, tzinfo=UTC)
    assert published_at("19 Jul 2026 06:04:35", "dmy", timedelta()) == datetime(2026, 7, 19, 6, 4, 35, tzinfo=UTC)
    for wrong in ("", "hôm qua", "31/02/2026 10:00", "23/11/2026", "Mon, 23 Foo 2026 15:05:00 +0700",
                  "25:00 01/01/2026", "11/23/2026 13:05:00 PM", "Mon, 23 Nov 2026 15:05:00 PST"):  # fmt: skip
        assert published_at(wrong) is None


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), st.integers(-12, 14))
@trying(max_examples=150, deadline=None)
def test_any_moment_written_and_read_is_itself(moment: datetime, east: int) -> None:
    moment = moment.replace(microsecond=0)
    zone = f"{'-' if east < 0 else '+'}{abs(east):02d}00"
    utc = (moment - timedelta(hours=east)).replace(tzinfo=UTC)
    assert published_at(f"{moment:%a, %d %b %Y %H:%M:%S} {zone}") == utc
    assert published_at(f"{moment:%Y-%m-%dT%H:%M:%S}{zone[:3]}:{zone[3:]}") == utc
    half = f"{moment.month}/{moment.day}/{moment.year} {(moment.hour + 11) % 12 + 1}:{moment:%M:%S}\u202f{moment:%p}"
    assert published_at(half, "mdy", timedelta(hours=east)) == utc


# Feeds

def test_an_rss_item_as_vnexpress_writes_it(sqlite_store: str) -> None:
    summary = '<a href="x"><img src="y"></a></br>Xã Quan Sơn: n&oacute;i v&#7873; s&#7841;t l&#7903;, gọi 0912 345 678'
    receipt = take(item("Thanh Hoá: Sạt lở ở Quan Sơn", summary=summary,
                        more="<author>phong.vien@bao.vn (Nguyễn Văn Kín)</author>"))  # fmt: skip
    assert receipt.status == "accepted"
    (row,) = stored()
    assert (row["outlet"], row["scope"], row["theme"]) == ("mp_xu_thanh", "inside", "thien_tai")
    assert row["summary"] == "Xã Quan Sơn: nói về sạt lở, gọi […]"
    assert row["published_at"] == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
    assert row["folded"].startswith("thanh hoa: sat lo o quan son")
    assert load_registry().places[row["place"]].name == "Quan Sơn"


def test_no_author_is_kept_anywhere(sqlite_store: str) -> None:
    content = rss(item("Thanh Hóa: họp báo", more="<author>a.b@bao.vn (Nguyễn Văn Kín)</author>"))
    deliver("press_feeds", "mp_xu_thanh__1.xml", content)
    kept = b"".join(p.read_bytes() for p in settings().raw_dir.rglob("*") if p.is_file())
    for secret in ("Kín", "a.b@bao.vn"):
        assert secret not in str(stored()) and secret.encode() not in kept
    assert "họp báo".encode() in cleaned_feed("x.xml", content.encode(), LAYOUT)


def test_an_atom_entry(sqlite_store: str) -> None:
    text = ('<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>Bão vào Thanh Hóa</title>'
            '<link href="https://thoi-su-viet.mo-phong.invalid/1"/><id>1</id>'
            "<updated>2026-11-23T15:05:00+07:00</updated><author><name>Ai đó</name></author>"
            "<summary>Mưa</summary></entry></feed>")  # fmt: skip
    assert deliver("press_feeds", "mp_thoi_su_viet__1.xml", text).status == "accepted"
    (row,) = stored()
    assert (row["title"], row["link"]) == ("Bão vào Thanh Hóa", "https://thoi-su-viet.mo-phong.invalid/1")
    assert row["published_at"] == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)


BROKEN = {
    "<!DOCTYPE html><html><body>Chờ một lát</body></html>": ("feed_is_html", "trang web (HTML)"),
    '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title></channel></rss>': (
        "feed_empty", "không có tin nào"),
    '<?xml version="1.0"?><data><row>1</row></data>': ("feed_none", "không phải nguồn cấp tin"),
    "<rss><channel": ("feed_broken", "sai cú pháp XML"),
    '<!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"><channel><item><title>&a;</title></item></channel></rss>': (
        "xml_declares", "thực thể XML"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "why"), BROKEN.items())
def test_what_is_no_feed_is_refused_with_its_reason(content: str, why: tuple[str, str]) -> None:
    with pytest.raises(Unreadable) as told:
        parse_feed("vnexpress__1.xml", content.encode(), LAYOUT)
    assert told.value.reason == why[0] and why[1] in told.value.message


def test_a_wrong_encoding_is_said_and_a_wrong_declaration_is_survived() -> None:
    with pytest.raises(Unreadable) as told:
        parse_feed("a.xml", rss(item("Thanh Hóa")).encode("utf-16-le"), LAYOUT)
    assert told.value.reason == "feed_encoding"
    head = '<?xml version="1.0" encoding="windows-1252"?>'
    wrong = rss(item("Bão ở Thanh Hóa"), head=head).encode()
    old = rss(item("Café"), head='<?xml version="1.0" encoding="iso-8859-1"?>').encode("latin-1")
    for content, title in ((wrong, "Bão ở Thanh Hóa"), (old, "Café")):
        assert parse_feed("a.xml", content, LAYOUT).frame["title"].to_list() == [title]


def test_a_feed_cut_short_gives_what_it_has_and_says_so(sqlite_store: str) -> None:
    whole = rss(*(item(f"Thanh Hóa: việc số {n}") for n in range(6)))
    receipt = deliver("press_feeds", "mp_xu_thanh__1.xml", whole[: whole.index("việc số 5") - 20])
    assert (receipt.status, receipt.rows_kept) == ("partly", 5)
    assert "bị cắt cụt" in receipt.rejects[-1]["message"]
    assert len(stored()) == 5


def test_one_broken_feed_does_not_stop_the_others(sqlite_store: str) -> None:
    whole = Delivery("mp_xu_thanh__1.xml", rss(item("Thanh Hóa A")).encode())
    feeds = [Delivery("mp_song_ma__1.xml", b"<html></html>"), whole]
    receipts = ingest(load_registry().sources["press_feeds"], feeds, METHODS, NOW)
    assert [r.status for r in receipts] == ["refused", "accepted"]


def test_dates_ahead_unread_and_feeds_unknown_are_held_back_row_by_row(sqlite_store: str) -> None:
    receipt = take(item("Thanh Hóa 1", "Mon, 23 Nov 2026 16:11:00 +0700"), item("Thanh Hóa 2", "hôm nay"),
                   item("Thanh Hóa 3", "Mon, 23 Nov 2026 16:09:00 +0700"), item("Thanh Hóa 4"),
                   item("Thanh Hóa 5"))  # fmt: skip
    assert (receipt.status, receipt.rows_kept) == ("partly", 3)
    assert [r["rule"] for r in receipt.rejects] == ["in_the_future", "date_unread"]
    assert "trên 10 phút" in receipt.rejects[0]["message"] and "hôm nay" in receipt.rejects[1]["message"]
    unknown = take(item("Thanh Hóa 1"), feed="bao_la")
    assert unknown.status == "refused" and "chưa đăng ký" in unknown.rejects[0]["message"]


@given(st.binary(max_size=300))
@trying(max_examples=80, deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        assert parse_feed("a.xml", content, LAYOUT).frame.height > 0
    except Unreadable as told:
        assert told.message


# One item, one story

def test_an_item_asked_again_is_one_and_with_another_link_too(store: str) -> None:
    take(item("Thanh Hóa: Cầu sập ở Nghi Sơn"))
    again = item("Thanh hóa: CẦU sập ở Nghi Sơn").replace(".html", "_2.html")
    assert take(again, name="2").status == "accepted"
    assert figure("prs_items", period="2026-11-23").value == 1
    take(item("Thanh Hóa: Cầu sập ở Nghi Sơn", summary="Tin của báo khác"), feed="mp_song_ma")
    assert figure("prs_items", period="2026-11-23").value == 2
    assert figure("prs_stories", period="2026-11-23").value == 1


def test_what_is_there_already_changes_nothing(store: str) -> None:
    for n in range(2):  # other bytes, the same item
        assert take(item("Thanh Hóa: họp báo", more=f"<guid>{n}</guid>"), name=str(n)).status == "accepted"
    assert figure("prs_items", period="2026-11-23").value == 1


def test_the_same_story_in_other_words_and_not_another_one(sqlite_store: str) -> None:
    first = "Thanh Hóa: Sơ tán khẩn cấp 17 hộ dân khỏi khu vực nguy cơ sạt lở"
    other = "Mưa lớn gây sạt lở nghiêm trọng, Thanh Hóa di dời khẩn cấp 17 hộ dân"
    take(item(first, "Mon, 23 Nov 2026 06:00:00 +0700"))
    take(item("Thanh Hóa: Di dời khẩn cấp 17 hộ dân khỏi khu vực có nguy cơ sạt lở"), feed="mp_song_ma")
    take(item(other, "23/11/2026 15:30"), item("Thanh Hóa tuyển 1.632 giáo viên", "23/11/2026 15:40"),
         feed="mp_doi_song_24h")  # fmt: skip
    by = {r["title"]: r["story"] for r in stored()}
    assert len(set(by.values())) == 2 and by[first] == by[other]
    found = states("prs_live_stories", at=NOW).row(0, named=True)
    assert (found["outlets"], found["items"], found["hours"]) == (3, 3, 9.5)
    assert found["early_outlets"] == 1
    assert figure("prs_stories", period="2026-11-23").value == 2


def test_a_story_is_not_carried_over_three_days(sqlite_store: str) -> None:
    title = "Thanh Hóa: Cảnh báo lừa đảo giả danh điện lực"
    take(item(title, "Thu, 19 Nov 2026 15:00:00 +0700"), item(title, "Mon, 23 Nov 2026 15:05:00 +0700"))
    assert len({r["story"] for r in stored()}) == 2


FIRST = "Thanh Hóa: Sơ tán khẩn cấp 17 hộ dân khỏi khu vực nguy cơ sạt lở"
BRIDGE = "Thanh Hóa: Di dời khẩn cấp 17 hộ dân khỏi khu vực có nguy cơ sạt lở"
LAST = "Mưa lớn gây sạt lở nghiêm trọng, Thanh Hóa di dời khẩn cấp 17 hộ dân"
DAY = [("mp_xu_thanh", FIRST, 6), ("mp_song_ma", BRIDGE, 9), ("mp_doi_song_24h", LAST, 15), ("mp_song_ma", FIRST, 11)]


def story_files(order: list[int], way: str) -> list[Delivery]:
    made = []
    for n in order:
        feed, title, hour = DAY[n]
        told = item(title, f"Mon, 23 Nov 2026 {hour:02d}:00:00 +0700", summary=f"Bản {way} {n}{order}")
        made.append(Delivery(f"{feed}__{n}.xml", rss(told).encode()))
    return made


def one_by_one(files: list[Delivery]) -> None:
    for file in files:
        ingest(load_registry().sources["press_feeds"], [file], METHODS, NOW)


def at_once(files: list[Delivery]) -> None:
    ingest(load_registry().sources["press_feeds"], files, METHODS, NOW)


def prepared_ahead(files: list[Delivery]) -> None:
    source = load_registry().sources["press_feeds"]
    for ready in [prepare(source, [file], METHODS, NOW) for file in files]:
        store_prepared(source, ready, METHODS)


def test_stories_are_the_same_one_by_one_at_once_prepared_ahead_and_in_any_order(store: str) -> None:
    found = []
    for way, order in ((one_by_one, [0, 1, 2, 3]), (at_once, [0, 1, 2, 3]), (prepared_ahead, [0, 1, 2, 3]),
                       (one_by_one, [2, 0, 3, 1]), (prepared_ahead, [3, 2, 1, 0])):  # fmt: skip
        way(story_files(order, way.__name__))
        found.append({(r["outlet"], r["title"]): (r["story"], r["is_first"]) for r in stored()})
        assert figure("prs_stories", period="2026-11-23").value == 1
        with writing() as connection:
            connection.execute(delete(fact_table("article")))
    assert found[0][("mp_xu_thanh", FIRST)][1] == 1 and len({story for story, _ in found[0].values()}) == 1
    assert found == [found[0]] * 5


def test_a_story_spreads_fast_from_three_outlets_in_six_hours(sqlite_store: str) -> None:
    title = "Tin đồn vỡ đập hồ chứa ở Thanh Hóa lan truyền trên mạng"
    for n, feed in enumerate(("mp_xu_thanh", "mp_song_ma", "mp_kinh_te_xanh")):
        assert states("prs_live_stories", at=NOW).filter(pl.col("early_outlets") >= 3).is_empty()
        take(item(title, f"Mon, 23 Nov 2026 {9 + 2 * n:02d}:00:00 +0700"), feed=feed)
    found = states("prs_fast_stories", at=NOW)
    assert found.select("early_outlets", "rumour").row(0) == (3, 1)


@given(st.lists(st.sampled_from(list("abcdefgh")), max_size=8), st.lists(st.sampled_from(list("abcdefgh")), max_size=8))
@trying(max_examples=100, deadline=None)
def test_how_alike_against_the_cosine_of_two_vectors(a: list[str], b: list[str]) -> None:
    x, y = frozenset(a), frozenset(b)
    u, v = ([int(c in s) for c in "abcdefgh"] for s in (x, y))
    dot, size = sum(p * q for p, q in zip(u, v, strict=True)), (sum(u) * sum(v)) ** 0.5
    expected = dot / size if size and (dot >= load_press().story.least_words or (u == v and dot)) else 0
    assert alike(x, y) == pytest.approx(expected)


# Places and topics

def placed(title: str, local: bool = False, summary: str = "") -> tuple[str, str]:
    frame = pl.DataFrame({"title": [title], "summary": [summary], "local": [local]})
    scope, _, codes = places(frame).row(0)
    known = load_registry().places
    return scope, ", ".join(known[c].name for c in codes.split("|") if c)


PLACED: list[tuple[str, str, str]] = [
    ("Thanh Hóa: cháy chợ ở Nam Sầm Sơn", "inside", "Nam Sầm Sơn"),
    ("Cháy lớn ở Nam Sầm Sơn và Sầm Sơn, Thanh Hóa", "inside", "Nam Sầm Sơn, Sầm Sơn"),
    ("THANH HOÁ: HÀM RỒNG MỞ HỘI", "inside", "Hàm Rồng"),
    ("ĐH Thanh Hoa công bố nghiên cứu mới", "outside", ""),
    ("Những ký ức từ “tọa độ lửa” Hàm Rồng", "inside", "Hàm Rồng"),
    ("Tắc đường Lam Sơn, Thanh Hóa", "inside", ""),
    ("Xã Hoằng Giang trồng rau sạch, Thanh Hóa", "inside", "Hoằng Giang"),
    ("Sơn La mưa lớn", "outside", ""),
    ("Thanh Hóa tự hào về truyền thống sầm sơn thường", "inside", ""),
]  # fmt: skip


@pytest.mark.parametrize(("title", "scope", "names"), PLACED)
def test_places_named(title: str, scope: str, names: str) -> None:
    assert placed(title) == (scope, names)


def test_a_provincial_outlet_writes_of_the_province_unless_it_names_another() -> None:
    assert placed("Giá lúa tăng nhẹ", local=True)[0] == "inside"
    assert placed("Hà Nội cấm xe máy", local=True)[0] == "outside"
    assert placed("Giá lúa tăng nhẹ")[0] == "outside"


def test_all_166_names_are_found_by_themselves_in_every_spelling() -> None:
    known = list(load_registry().places.values())
    for spell in (str, str.upper):
        titles = [f"Thanh Hóa: hội làng ở {spell(p.name)} năm nay" for p in known]
        found = places(pl.DataFrame({"title": titles, "summary": "", "local": False}))
        assert found["places"].to_list() == [p.code for p in known]


def test_tones_are_spelt_in_the_new_style_where_they_stand_at_the_end_of_a_word() -> None:
    for old, new in (("THUỶ", "THỦY"), ("toà nhà", "tòa  nhà"), ("hoàn", "hoàn"), ("quỳ", "quỳ"), ("khoẻ", "khỏe"),
                     ("Quý", "Quý"), ("loá", "lóa"), ("hoạt", "hoạt")):  # fmt: skip
        assert spread_text(old).strip() == new


def test_accents_and_word_bounds_count() -> None:
    def of(title: str) -> str:
        return str(topics(pl.DataFrame({"title": [title], "summary": [""]}))[0])

    assert of("Bão số 4 vào bờ") == "thien_tai"
    assert of("Báo số 4 ra mắt") == "khac"
    assert of("Xử phạt thuế quan") == "kinh_te"
    assert of("Bệnh viện tỉnh mở khoa mới") == "y_te"


def test_of_words_that_begin_alike_the_longest_is_found() -> None:
    texts = pl.DataFrame({"t": ["bệnh viện mở cửa", "bệnh lạ"]}).select(spread(pl.col("t")).alias("t"))
    found = texts.select(matches(pl.col("t"), [pattern("bệnh"), pattern("bệnh viện")])).to_series()
    assert found.list.eval(pl.element().str.strip_chars()).to_list() == [["bệnh  viện"], ["bệnh"]]


SIB = {"y_te": "health", "the_thao": "sports", "van_hoa": "entertainment", "du_lich": "travel", "bo_may": "politics",
       "khoa_hoc": "science/technology", "moi_truong": "geography", "thien_tai": "geography"}  # fmt: skip


def test_the_topics_are_as_right_as_the_page_says() -> None:
    parts = [pl.read_csv(DATA / f"sib200_vi_{p}.tsv", separator="\t", quote_char=None) for p in ("train", "dev")]
    frame = pl.concat(parts).select("category", pl.col("text").alias("title"), pl.lit("").alias("summary"))
    said = frame.with_columns(topics(frame).replace_strict(SIB, default=None).alias("said")).drop_nulls("said")
    right = said.filter(pl.col("said") == pl.col("category")).height
    measured = load_press().topics_measured
    assert (frame.height, said.height, right) == (measured.sentences, measured.given, measured.right)
    assert right / said.height > 0.8


def test_an_item_naming_two_communes_counts_for_both(store: str) -> None:
    assert figures("prs_place_items", by="place", period="2026-W48").frame["value"].null_count() == 166
    take(item("Thanh Hóa: nối Sầm Sơn với Nghi Sơn"), item("Thanh Hóa: Sầm Sơn đông khách"))
    by = figures("prs_place_items", by="place", period="2026-W48").frame
    known = load_registry().places
    named = by.filter(pl.col("value") > 0)
    assert {known[k].name: v for k, v in named.select("key", "value").rows()} == {"Sầm Sơn": 2, "Nghi Sơn": 1}
    assert by.filter(pl.col("value") == 0).height == 164  # the feeds were read: nobody named them
    assert figure("prs_items", period="2026-11-23").value == 2


# Real headlines

def test_the_real_headlines_of_the_summer_are_real_and_stay_apart(store: str) -> None:
    for file in references():
        assert deliver(file.source, file.name, file.content).status == "accepted"
    july, august = (figure("prs_real_items", period=p) for p in ("2026-07", "2026-08"))
    assert (july.value, august.value, july.simulated) == (33, 24, False)
    assert figure("prs_items", period="2026-07").value in (None, 0)
    found = stored()
    dams = [r for r in found if "Tô Anh Dũng" in r["title"]]
    assert len({r["story"] for r in dams}) == 1 and len(dams) == 5
    assert len({(r["outlet"], r["title"]) for r in found}) == len(found) == 57


def test_every_feed_that_the_headlines_name_is_registered_with_its_way_of_dates() -> None:
    path = CONFIG / "reference_data" / "press" / "headlines_thanh_hoa.csv"
    known = {f.name: f for f in load_feeds().values()}
    for row in csv.DictReader(io.StringIO(path.read_text())):
        feed = known[row["outlet"]]
        said = published_at(row["published_raw"], feed.dates, feed.shift)
        fetched = datetime.fromisoformat(row["fetched_at"])
        assert said and timedelta() <= fetched - said <= timedelta(days=2)


# Duties

HEAD = "Số theo dõi,Loại,Báo,Tiêu đề,Đường dẫn,Nhận lúc,Cơ quan trả lời,Trả lời lúc,Bằng chứng,Mã xã,Cập nhật lúc"


def register(*lines: str, name: str = "so.csv", at: datetime = NOW) -> Receipt:
    return deliver("press_duties", name, "\n".join([HEAD, *lines]), at)


def duty(number: str, kind: str = "Báo hỏi", asked: str = "23/11/2026 08:00", answered: str = "",
         evidence: str = "12/SYT") -> str:  # fmt: skip
    told = f"{answered},{evidence},14797,{answered or asked}"
    return f"{number},{kind},Báo A,Việc {number},https://a.vn/1,{asked},Sở Y tế,{told}"


# 24/11/2026 is Ngày Văn hóa Việt Nam, a day off: the fifteenth working day after the 23rd is the 15th of December
DUE = [("Phát ngôn", "24/11/2026 08:00:00"), ("Gỡ tin", "24/11/2026 08:00:00"), ("Báo hỏi", "23/12/2026 23:59:59"),
       ("Ý kiến bạn đọc", "15/12/2026 23:59:59"), ("Kết luận khiếu nại", "01/12/2026 23:59:59")]  # fmt: skip


def test_when_each_kind_of_answer_is_due(sqlite_store: str) -> None:
    assert register(*(duty(f"D-{n}", kind) for n, (kind, _) in enumerate(DUE))).status == "accepted"
    found = {r["duty"]: (r["due_at"] + timedelta(hours=7)).strftime("%d/%m/%Y %H:%M:%S") for r in stored("press_duty")}
    assert found == {f"D-{n}": due for n, (_, due) in enumerate(DUE)}


def test_on_time_to_the_minute_and_overdue_is_not_hidden(store: str) -> None:
    asked = "02/11/2026 08:00"
    register(duty("D-1", "Phát ngôn", asked, "03/11/2026 08:00"), duty("D-2", "Phát ngôn", asked, "03/11/2026 08:01"),
             duty("D-3", "Gỡ tin", asked), duty("D-4", "Báo hỏi", asked),
             duty("D-5", "Báo hỏi", asked, "20/11/2026 08:00", evidence=""))  # fmt: skip
    found = figure("prs_in_time_pct", period="2026-11")
    assert (found.numerator, found.denominator, found.value) == (2, 4, 50)
    assert figure("prs_statement_pct", period="2026-Q4").value == 50
    assert figure("prs_duty_open", period="2026-11-23").value == 2
    assert figure("prs_duty_overdue", period="2026-11-23").value == 1
    assert figure("prs_no_evidence", period="2026-11").value == 1
    assert figure("prs_duty_asked", period="2026-11", agency="so_yt").value == 5


def test_a_register_with_mistakes_is_refused_row_by_row(sqlite_store: str) -> None:
    good = [duty(f"D-{n}") for n in range(9)]
    receipt = register(*good, duty("D-9", "Hỏi thăm"), duty("D-10", answered="22/11/2026 08:00"))
    assert (receipt.status, receipt.rows_kept) == ("partly", 9)
    assert [r["column"] for r in receipt.rejects] == ["Loại", "Trả lời lúc"]
    assert "trước Nhận lúc" in receipt.rejects[1]["message"]


# The demonstration

def test_demo_days_are_the_same_in_one_go_and_one_by_one(sqlite_store: str) -> None:
    end = datetime(2026, 10, 12, 3, tzinfo=UTC)

    def days(first: int, last: int) -> list[File]:
        return list(deliveries(Plan("small", 5, end - timedelta(days=first), end - timedelta(days=last))))

    whole = days(2, 0)
    assert whole == [*days(2, 1), *days(1, 0)] and [f.due for f in whole] == sorted(f.due for f in whole)
    for source, least in (("press_feeds", 40), ("press_duties", 1)):
        files = [Delivery(f.name, f.content) for f in whole if f.source == source]
        receipts = ingest(load_registry().sources[source], files, METHODS, end + timedelta(hours=2))
        assert sum(r.rows_kept for r in receipts) > least
        assert not [r.rejects for r in receipts if r.status == "refused" and "HTML" not in str(r.message)]
    assert states("prs_rumours", at=end).filter(pl.col("rumour") == 1).height == 1
    assert all("(mô phỏng)" in f.name for f in load_feeds().values() if "mo-phong.invalid" in f.url)


def test_words_that_all_titles_share_do_not_make_a_story() -> None:
    assert alike(words_of("Thanh Hóa: tỉnh có người mới"), words_of("Thanh Hóa: tỉnh có người khác")) == 0
