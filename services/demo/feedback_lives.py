"""What the citizens of the demo province report, and what becomes of it: streets, topics, stories, whole lives.

Each month two communes and a department are late and one agency closes without evidence; some places come
back all year; each week one street has a burst of reports, many of them of the same thing.
"""

from datetime import date
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from config.feedback import load_feedback
from config.registry import load_registry
from services.demo.months import day_number, next_month
from services.demo.plan import Plan
from services.demo.public_services import DAY, MINUTE, REFERENCES, after_days

Ints = npt.NDArray[np.int64]
HOUR: Final = 3600
CHRONIC: Final = 26
CAP_DAYS: Final = 11
"""Working days that agencies give themselves where only the cap of 17 days holds."""
TOPICS: Final = (  # topic, weight, chance that the commune itself is asked, department
    ("rac_thai", 20, 0.9, "so_nnmt"), ("chieu_sang", 11, 0.8, "so_xd"), ("duong_sa", 15, 0.6, "so_xd"),
    ("ngap_ung", 8, 0.55, "so_xd"), ("xay_dung", 7, 0.6, "so_xd"), ("moi_truong", 10, 0.4, "so_nnmt"),
    ("dat_dai", 7, 0.6, "so_nnmt"), ("an_toan_thuc_pham", 3, 0.3, "so_yt"), ("nhung_nhieu", 2, 0.2, "thanh_tra"),
    ("doanh_nghiep", 2, 0.0, "so_tc"), ("khac", 8, 0.8, "so_nv"), ("chay_no", 0.7, 0.0, "cong_an"),
    ("sap_do", 0.6, 0.0, "so_xd"), ("su_co_dien", 4, 0.0, "so_ct"), ("ngo_doc", 0.2, 0.0, "so_yt"),
)
WORDS: Final = {
    "rac_thai": ("Rác ùn ứ nhiều ngày chưa thu gom tại {}", "Bãi rác tự phát bốc mùi hôi cạnh {}",
                 "Xe thu gom bỏ sót rác, đổ tràn ra lòng {}", "Rác xây dựng đổ trộm ban đêm ở {}"),
    "chieu_sang": ("Đèn đường hỏng cả đoạn, tối om ở {}", "Đèn chiếu sáng bật cả ban ngày trên {}",
                   "Cột đèn nghiêng sắp đổ tại {}", "Hàng chục bóng đèn không sáng dọc {}"),
    "duong_sa": ("Mặt đường có ổ gà sâu, xe máy ngã ở {}", "Nắp cống mất, hố sâu nguy hiểm trên {}",
                 "Vỉa hè bị chiếm làm nơi để xe tại {}", "Đường đào lên không hoàn trả mặt bằng ở {}"),
    "ngap_ung": ("Mưa là ngập quá bánh xe, nước không thoát ở {}", "Cống tắc, nước thải tràn lên {}",
                 "Nước đọng nhiều ngày sau mưa trước cổng trường trên {}", "Miệng hố ga bị bịt gây ngập tại {}"),
    "xay_dung": ("Công trình xây vượt tầng, không biển báo ở {}", "Xây dựng quá giờ, ồn ban đêm trên {}",
                 "Nhà đang xây rơi vật liệu xuống {}", "Lấn chiếm hành lang để xây lán tại {}"),
    "moi_truong": ("Cơ sở sản xuất xả khói đen gần {}", "Mùi hôi từ trang trại bay vào khu dân cư ở {}",
                   "Nước mương đen đặc, cá chết dọc {}", "Karaoke mở loa lớn đến khuya trên {}"),
    "dat_dai": ("Đất công bị rào lại làm của riêng tại {}", "Hồ sơ cấp sổ đỏ nộp lâu chưa trả, thửa ở {}",
                "San lấp ruộng trái phép cạnh {}", "Mốc giới thửa đất bị dịch chuyển ở {}"),
    "an_toan_thuc_pham": ("Quán ăn không bảo đảm vệ sinh tại {}", "Bán hàng không rõ nguồn gốc ở {}"),
    "nhung_nhieu": ("Bị yêu cầu đi lại nhiều lần không có lý do ở {}", "Cán bộ tiếp dân sai giờ niêm yết tại {}"),
    "doanh_nghiep": ("Doanh nghiệp chờ văn bản trả lời đã quá hẹn, trụ sở {}", "Vướng mặt bằng dự án cạnh {}"),
    "khac": ("Chó thả rông không rọ mõm trên {}", "Biển quảng cáo che khuất biển báo ở {}",
             "Loa phát thanh của thôn không hoạt động tại {}"),
    "chay_no": ("Cháy bãi phế liệu, khói lan vào nhà dân ở {}",), "sap_do": ("Tường rào đổ sập chắn lối đi trên {}",),
    "su_co_dien": ("Mất điện cả xóm từ sáng tại {}", "Dây điện đứt thõng xuống {}"),
    "ngo_doc": ("Nhiều người đau bụng sau bữa cỗ ở {}",),
}


class Streets(NamedTuple):
    """Where people report from, in step: commune, name, middle, and share of reports."""

    place: list[str]
    name: list[str]
    lat: npt.NDArray[np.float64]
    lon: npt.NDArray[np.float64]
    share: npt.NDArray[np.float64]


def chance_of(seed: int, *names: object) -> np.random.Generator:
    """Return the chance of one named thing, the same in every window."""
    return Plan("demo", seed, REFERENCES, REFERENCES).chance("feedback", *names)


@cache
def streets(seed: int) -> Streets:
    """Return the streets of all communes: more where more people live, around the commune's middle."""
    chance, places = chance_of(seed, "streets"), list(load_registry().places.values())
    people = np.array([p.population for p in places], float)
    count = np.clip((people / 2_000).astype(int), 4, 60)
    of = np.repeat(np.arange(len(places)), count)
    reach = np.array([min(0.22 * p.area_km2**0.5, 2.2) for p in places])[of] / 111.2
    weight = chance.pareto(2.5, len(of)) + 0.3
    share = weight * (people / np.bincount(of, weights=weight))[of]
    names = [f"đường {n} (mô phỏng), {places[o].full_name.lower().split(' ', 1)[0]} {places[o].name}"
             for o, n in zip(of, np.concatenate([np.arange(1, c + 1) for c in count]), strict=True)]
    return Streets(
        [places[o].code for o in of], names,
        np.array([p.lat for p in places])[of] + reach * chance.uniform(-1, 1, len(of)),
        np.array([p.lon for p in places])[of] + reach * chance.uniform(-1, 1, len(of)), share / share.sum(),
    )


def _share_of_day(days: Ints) -> npt.NDArray[np.float64]:
    """Return how many reports days bring by the day of the week: Mondays most, Sundays fewest."""
    week = np.array([1.25, 1.12, 1.08, 1.05, 1.02, 0.85, 0.63])
    return week[(days + 3) % 7]


def _clock(chance: np.random.Generator, size: int) -> Ints:
    """Return seconds after midnight at which people write: mornings and early evenings."""
    hour = chance.choice(24, size, p=np.array([1, .6, .4, .3, .5, 1.5, 4, 7, 9, 9, 8, 6, 4, 5, 7, 7, 7, 6, 5, 6, 6, 5,
                                               3, 1.7]) / 110)
    return np.asarray(hour * HOUR + chance.integers(0, HOUR, size), np.int64)


def _frame(street: Ints, topic: Ints, sent: Ints, lat: Any, lon: Any, words: Ints) -> pl.DataFrame:
    return pl.DataFrame({"street": street, "topic_no": topic, "sent": sent, "lat": lat, "lon": lon, "words": words})


def _ordinary(seed: int, days: Ints, a_day: float, chance: np.random.Generator) -> pl.DataFrame:
    """Return reports from anywhere: by street, topic and day."""
    where, share = streets(seed), _share_of_day(days)
    n = int(a_day * share.sum())
    street = chance.choice(len(where.share), n, p=where.share)
    weights = np.array([t[1] for t in TOPICS])
    topic = chance.choice(len(TOPICS), n, p=weights / weights.sum())
    sent = chance.choice(days, n, p=share / share.sum()) * DAY + _clock(chance, n)
    lat, lon = (a[street] + chance.uniform(-0.004, 0.004, n) for a in (where.lat, where.lon))
    return _frame(street, topic, sent, lat, lon, chance.integers(0, 12, n))


def _chronic(seed: int, days: Ints, chance: np.random.Generator) -> pl.DataFrame:
    """Return the reports of the places that keep coming back."""
    where, fixed = streets(seed), chance_of(seed, "chronic")
    big = np.argsort(-where.share)[: CHRONIC * 4]
    street, topic = fixed.choice(big, CHRONIC, replace=False), fixed.choice([0, 3, 3, 2, 1], CHRONIC)
    every = fixed.uniform(5, 16, CHRONIC)
    hit = chance.random((CHRONIC, len(days))) < 1 / every[:, None]
    spot, day = np.nonzero(hit)
    jitter = chance.normal(0, 0.00012, (2, len(spot)))
    at = street[spot]
    return _frame(at, topic[spot], days[day] * DAY + _clock(chance, len(spot)), where.lat[at] + jitter[0],
                  where.lon[at] + jitter[1], chance.integers(0, 12, len(spot)))


def _bursts(seed: int, first: int, last: int) -> pl.DataFrame:
    """Return the reports of each week's burst on one street, sent on the days `[first, last)`."""
    where, parts = streets(seed), []
    big = np.argsort(-where.share)[:500]
    for week in range((first - 14) // 7, last // 7 + 1):
        chance = chance_of(seed, "burst", week)
        street, topic = int(chance.choice(big)), int(chance.choice([0, 3, 3, 2, 13, 5]))
        n = int(chance.integers(14, 26))
        start = (week * 7 + 1) * DAY + 8 * HOUR
        sent = start + np.cumsum(chance.exponential(9 * HOUR, n)).astype(np.int64)
        jitter = chance.normal(0, 0.0002, (2, n))
        words = np.where(chance.random(n) < 0.5, 0, chance.integers(0, 12, n))
        parts.append(_frame(np.full(n, street), np.full(n, topic), sent, where.lat[street] + jitter[0],
                            where.lon[street] + jitter[1], words))
    return pl.concat(parts).filter(pl.col("sent").is_between(first * DAY, last * DAY, closed="left"))


def _echoes(reports: pl.DataFrame, last: int, chance: np.random.Generator) -> pl.DataFrame:
    """Return second reports of the same thing by other people soon after, within the month."""
    told = reports.filter(pl.Series(chance.random(reports.height) < 0.025))
    n = told.height
    later = (chance.exponential(10 * HOUR, n)).astype(np.int64) + 5 * MINUTE
    moved = chance.normal(0, 0.00012, (2, n))
    return told.with_columns(pl.col("sent") + pl.Series(later), pl.col("lat") + pl.Series(moved[0]),
                             pl.col("lon") + pl.Series(moved[1])).filter(pl.col("sent") < last * DAY)


# Lives

def _offices(seed: int, month: date, frame: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """Add who is asked, and that agency's chances this month of being late and of closing without evidence."""
    own = np.array([t[2] for t in TOPICS])[frame["topic_no"]]
    department = np.array([t[3] for t in TOPICS], dtype=object)[frame["topic_no"]]
    place = np.array(streets(seed).place, dtype=object)[frame["street"]]
    agency = np.where(chance.random(frame.height) < own, "ubnd_" + place, department)
    known = sorted(set(load_registry().agencies))
    usual = 0.02 + 0.14 * chance_of(seed, "offices").beta(1.3, 3.5, len(known))
    late, bare = dict(zip(known, usual, strict=True)), dict.fromkeys(known, 0.03)
    story = chance_of(seed, "story", month)
    big = sorted(load_registry().places.values(), key=lambda p: -p.population)[:40]
    for n in story.choice(len(big), 2, replace=False):
        late[f"ubnd_{big[int(n)].code}"] = 0.5
    late[str(story.choice(["so_xd", "so_nnmt", "so_ct"]))] = 0.42
    bare[str(story.choice(["so_xd", "so_nnmt", f"ubnd_{big[int(story.integers(0, 12))].code}"]))] = 0.45
    return frame.with_columns(
        pl.Series("agency", agency.astype(str)), pl.Series("place", place.astype(str)),
        pl.Series("p_late", [late[a] for a in agency]), pl.Series("p_bare", [bare[a] for a in agency]))


def _at_work(moment: Ints, chance: np.random.Generator) -> Ints:
    """Return moments moved into office hours: the same moment, or the next working morning."""
    day, clock = moment // DAY, moment % DAY
    works = (after_days(day - 1, np.ones(len(day), np.int64)) == day) & (clock < 17 * HOUR) & (clock > 7.5 * HOUR)
    begin = np.where(clock <= 7.5 * HOUR, day - 1, day)
    morning = after_days(begin, np.ones(len(day), np.int64)) * DAY + int(7.5 * HOUR) + chance.integers(0, 50 * MINUTE,
                                                                                                        len(day))
    return np.where(works, moment, morning)


def _life(frame: pl.DataFrame, chance: np.random.Generator) -> dict[str, Any]:
    """Return the moments of each report (local seconds, 0 = never) and how it ends."""
    n, sent = frame.height, frame["sent"].to_numpy()
    rules = {t.id: t for t in load_feedback().topics}
    urgent = np.array([rules[t[0]].urgent for t in TOPICS])[frame["topic_no"]]
    days = np.array([rules[t[0]].days or CAP_DAYS for t in TOPICS])[frame["topic_no"]]
    wait = np.where(urgent, chance.exponential(6, n), chance.exponential(38, n)).astype(np.int64) * MINUTE + MINUTE
    accepted = np.where(urgent, sent + wait, _at_work(sent, chance) + wait)
    forwarded = accepted + np.where(urgent, 3, chance.integers(10, 300, n)) * MINUTE
    started = forwarded + np.where(urgent, 5, chance.integers(30, 600, n)) * MINUTE
    late = chance.random(n) < frame["p_late"].to_numpy()
    used = np.where(late, days + np.minimum(chance.geometric(0.22, n), 30),
                    np.minimum((days * chance.power(1.9, n)).astype(np.int64), days - 1))
    asked = (chance.random(n) < 0.05) & ~urgent
    ask_at, answer_at = started + 2 * HOUR, started + 2 * HOUR + chance.integers(3, 90, n) * HOUR
    done_day = after_days(sent // DAY, used) * DAY + chance.integers(8 * HOUR, 17 * HOUR, n)
    done = np.maximum(np.where(asked, answer_at - ask_at, 0) // DAY * DAY + done_day, started + 3 * HOUR)
    done = np.where(asked, np.maximum(done, answer_at + HOUR), done)
    site = sent + np.where(late, chance.integers(125, 400, n), chance.integers(20, 118, n)) * MINUTE
    done = np.where(urgent, np.maximum(site, started) + chance.integers(30, 900, n) * MINUTE, done)
    fate = chance.random(n)
    again = (fate >= 0.05) & (chance.random(n) < np.where(late, 0.07, 0.035))
    reopened = done + chance.integers(6, 200, n) * HOUR
    return {
        "accepted": accepted, "forwarded": forwarded, "started": started,
        "asked": np.where(asked, ask_at, 0), "answered": np.where(asked, answer_at, 0), "done": done,
        "site": np.where(urgent, site, 0), "reopened": np.where(again, reopened, 0),
        "done_again": np.where(again, reopened + chance.integers(20, 140, n) * HOUR, 0),
        "is_refused": fate < 0.03,
        "due": np.where(urgent, sent + 2 * HOUR, after_days(sent // DAY, days) * DAY + sent % DAY),
        "rating": np.where(chance.random(n) < 0.42, np.where(
            late | again, chance.choice(6, n, p=[0, .2, .2, .25, .2, .15]),
            chance.choice(6, n, p=[0, .01, .02, .09, .38, .5])), 0),
        "is_bare": chance.random(n) < frame["p_bare"].to_numpy(),
        "system": np.where((chance.random(n) < 0.38) & ~urgent, "phan_hoi", "1022"),
        "channel": chance.choice(["Tổng đài 1022", "Ứng dụng", "Zalo", "Web", "Trực tiếp", "Báo chí"], n,
                                 p=[.4, .24, .2, .08, .06, .02]),
    }


@lru_cache(maxsize=6)
def month_of_reports(seed: int, profile: str, month: date) -> pl.DataFrame:
    """Return all reports sent in a month with their whole lives, by moment of sending."""
    chance = chance_of(seed, profile, "reports", month)
    first, last = day_number(month), day_number(next_month(month))
    days = np.arange(first, last)
    plan = Plan(profile, seed, REFERENCES, REFERENCES)
    parts = [_ordinary(seed, days, plan.choose(76.0, 76.0, 400.0), chance), _chronic(seed, days, chance),
             _bursts(seed, first, last)]
    base = pl.concat(parts)
    frame = pl.concat([base, _echoes(base, last, chance)]).with_row_index("made")
    frame = frame.sort("sent", "made").with_row_index("row").drop("made")
    frame = _offices(seed, month, frame, chance)
    return frame.with_columns(pl.Series(name, values) for name, values in _life(frame, chance).items())


def text_of(seed: int, frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return what citizens write, and the address."""
    name = np.array(streets(seed).name, dtype=object)[frame["street"]]
    topics = [TOPICS[n][0] for n in frame["topic_no"]]
    words = [WORDS[t][w % len(WORDS[t])].format(s.split(",")[0]) for t, w, s in
             zip(topics, frame["words"], name, strict=True)]
    return pl.Series(words, dtype=pl.String), pl.Series([s[0].upper() + s[1:] for s in name], dtype=pl.String)
