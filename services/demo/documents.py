"""Plays the document systems: edXML packages twice a working day, registers each evening, a CSV a month of old.

Documents are made by month of issue with the whole life of each copy; a file tells what had happened by its
moment. Numbers start with 9, subjects end in “(mô phỏng)”, senders carry codes `MP.…`. The story: each month
papers lie at one department and one commune, and each week one urgent paper is forgotten somewhere.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from config.registry import load_registry
from services.demo.document_files import HEADERS, package, register_book, register_csv
from services.demo.months import by_month, day_number, days_in, last_months, local_seconds, next_month
from services.demo.plan import File, Plan
from services.demo.public_services import after_days, hours, working, working_days_of
from services.methods.working_days import LOCAL, after_working_hours

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
DAY: Final = 86_400
CUTS: Final = (time(11, 45), time(17, 45))
MONTHS_OF_LIFE: Final = 4
LONGEST: Final = 300.0
"""Office hours after which even a forgotten paper is found: well within the months of life."""

OFFICES: Final = {  # organ in the number, drafting units
    "vp_ubnd": ("UBND", ("KTTC", "CN", "NN", "VX", "THKH", "NC")), "so_nnmt": ("SNNMT", ("TTBVTV", "QLĐĐ", "VP")),
    "so_tc": ("STC", ("QLNS", "TĐ", "VP")), "so_ct": ("SCT", ("QLNL", "QLTM")), "so_xd": ("SXD", ("QLHT", "QLN", "VT")),
    "so_yt": ("SYT", ("NVY", "BTXH")), "so_gddt": ("SGDĐT", ("GDPT", "QLCL")), "so_khcn": ("SKHCN", ("CĐS", "QLCN")),
    "so_nv": ("SNV", ("TCBC", "CCVC", "LĐ")), "so_tp": ("STP", ("XDVB", "HCTP")),
    "so_vhttdl": ("SVHTTDL", ("QLDL", "QLVH")), "so_dttg": ("SDTTG", ("CSDT", "TG")),
    "thanh_tra": ("TTT", ("NV1", "NV2")), "bql_kkt": ("BQLKKTNS", ("QLĐT", "QLQH")),
    "cong_an": ("CAT", ("PV01", "PC06")), "thong_ke": ("TKT", ("TH", "KTXH")),
    "bch_ptds": ("BCHPTDS", ("TM", "VP")), "ttpvhcc": ("TTPVHCC", ("TNHS", "VP")),
}  # fmt: skip
OUTSIDE: Final = {  # code in the simulated messages: name, organ in the number, drafting units
    "MP.bo_nv": ("Bộ Nội vụ", "BNV", ("CQĐP", "TCBC")), "MP.bo_tc": ("Bộ Tài chính", "BTC", ("NSNN", "ĐT")),
    "MP.bo_xd": ("Bộ Xây dựng", "BXD", ("KTXD", "HTKT")), "MP.vpcp": ("Văn phòng Chính phủ", "VPCP", ("KSTT", "NN")),
    "MP.bo_nnmt": ("Bộ Nông nghiệp và Môi trường", "BNNMT", ("TY", "ĐĐ")),
    "MP.tinh_uy": ("Tỉnh ủy Thanh Hóa", "TU", ("VP",)),
}  # fmt: skip
KINDS: Final = {  # by who issues: kind, weight
    "province": (("", 45), ("QĐ", 20), ("KH", 12), ("TB", 10), ("GM", 8), ("BC", 4), ("CĐ", 1)),
    "department": (("", 52), ("BC", 20), ("TTr", 14), ("KH", 8), ("HD", 4), ("GM", 2)),
    "commune": (("BC", 52), ("", 30), ("TTr", 14), ("KH", 4)),
    "outside": (("", 70), ("KH", 8), ("TB", 10), ("QĐ", 12)),
}
OPENINGS: Final = {
    "": "V/v", "QĐ": "Quyết định về", "KH": "Kế hoạch", "TB": "Thông báo kết luận về", "GM": "Giấy mời họp về",
    "BC": "Báo cáo", "CĐ": "Công điện về", "TTr": "Tờ trình về", "HD": "Hướng dẫn", "NQ": "Nghị quyết về",
}  # fmt: skip
TOPICS: Final = (
    "giải ngân vốn đầu tư công", "phòng, chống dịch tả lợn châu Phi", "rà soát hộ nghèo, hộ cận nghèo",
    "ứng phó mưa lũ, sạt lở đất", "chuyển đổi số ở cơ sở", "cải cách thủ tục hành chính", "chống khai thác IUU",
    "giải phóng mặt bằng các dự án trọng điểm", "xây dựng nông thôn mới", "thu ngân sách nhà nước",
    "phòng cháy, chữa cháy rừng", "an toàn giao thông", "tuyển sinh và bảo đảm chất lượng giáo dục",
    "bao phủ bảo hiểm y tế", "quản lý khai thác cát, sỏi lòng sông", "thu gom rác thải sinh hoạt",
    "sắp xếp trụ sở sau khi lập chính quyền hai cấp", "xúc tiến du lịch", "tiêm chủng mở rộng",
    "cấp giấy chứng nhận quyền sử dụng đất", "kiểm tra công vụ", "an toàn hồ đập mùa mưa", "hỗ trợ doanh nghiệp nhỏ",
    "quản lý trật tự xây dựng", "số hóa hồ sơ, kết quả thủ tục hành chính", "phòng, chống ma túy",
)  # fmt: skip
PRIORITIES: Final = ("Thường", "Khẩn", "Thượng khẩn", "Hỏa tốc")


class Crowd(NamedTuple):
    """All offices in step: id, level, how they are written, chance of lateness, usual hours, share signed."""

    ids: list[str]
    level: npt.NDArray[np.str_]
    late: Floats
    pace: Floats
    signed: Floats
    exchanged: Floats


@cache
def crowd(seed: int) -> Crowd:
    """Return the offices of the province: its Office, departments, and the committees of all communes."""
    places = list(load_registry().places)
    ids = [*OFFICES, *(f"ubnd_{code}" for code in places)]
    chance = Plan("demo", seed, datetime(2026, 1, 1), datetime(2026, 1, 1)).chance("document_offices")
    n = len(ids)
    level = np.array(["province"] + ["department"] * (len(OFFICES) - 1) + ["commune"] * len(places))
    return Crowd(
        ids, level, 0.01 + 0.13 * chance.beta(1.2, 4.0, n), 6 + 18 * chance.beta(2, 4, n),
        np.where(level == "commune", 0.8 + 0.2 * chance.power(3, n), 0.96 + 0.04 * chance.power(2, n)),
        np.where(level == "commune", 0.82 + 0.18 * chance.power(3, n), 0.95 + 0.05 * chance.power(2, n)),
    )  # fmt: skip


def office_name(office: str) -> str:
    """Return how the systems write an office."""
    return "UBND tỉnh Thanh Hóa" if office == "vp_ubnd" else load_registry().agencies[office].name.vi


# Lives of documents


def _issuers(plan: Plan, days: Ints, chance: np.random.Generator) -> tuple[Ints, Ints]:
    """Return for each document of a month its issuer (place in the crowd, or after it an outside one) and day."""
    size = len(crowd(plan.seed).ids)
    scale = plan.choose(1.0, 0.6, 4.0)
    departments = len(OFFICES) - 1
    rate = np.concatenate([[8.0], np.full(departments, 20 / departments), np.full(size - len(OFFICES), 0.12),
                           np.full(len(OUTSIDE), 1.0)])  # fmt: skip
    counts = chance.poisson(rate[None, :] * scale, (len(days), len(rate)))
    day, issuer = np.nonzero(counts)
    times = counts[day, issuer]
    return np.repeat(issuer, times), np.repeat(days[day], times)


def _recipients(level: str, issuer: int, offices: Crowd, chance: np.random.Generator) -> Ints:
    """Return who receives a document: places in the crowd."""
    last = len(OFFICES)
    size = len(offices.ids)
    luck = chance.random()
    departments: Ints = chance.permutation(np.arange(1, last))
    communes: Ints = chance.permutation(np.arange(last, size))
    if level == "province":
        if luck < 0.6:
            return departments[: chance.integers(1, 4)]
        if luck < 0.7:
            return departments
        if luck < 0.73:
            return np.arange(1, size)
        return communes[: chance.integers(3, 13)]
    if level == "department":
        if luck < 0.45:
            return np.array([0])
        if luck < 0.7:
            others: Ints = departments[departments != issuer]
            return others[: chance.integers(1, 4)]
        if luck < 0.985:
            return communes[: chance.integers(2, 9)]
        return np.arange(last, size)
    if level == "commune":
        return departments[:1] if luck >= 0.25 else np.array([0, departments[0]])
    with_office: Ints = np.append([0], departments[: chance.integers(0, 4)])
    return with_office


def _codes(month: date, issuer: Ints, kinds: Ints, levels: list[str], offices: Crowd,
           chance: np.random.Generator) -> tuple[list[str], list[str]]:  # fmt: skip
    """Return number and kind of each document, in order of issue; numbers run on within month and book."""
    counters: dict[tuple[int, str], int] = {}
    numbers, names = [], []
    outside = list(OUTSIDE.values())
    for who, pick, level in zip(issuer.tolist(), kinds.tolist(), levels, strict=True):
        kind = KINDS[level][pick][0]
        if who < len(offices.ids):
            organ, units = OFFICES.get(offices.ids[who], ("UBND", ("VP", "KT", "VHXH")))
        else:
            _, organ, units = outside[who - len(offices.ids)]
        counters[who, kind] = at = counters.get((who, kind), 0) + 1
        number = 90_000 + (month.month - 1) * 800 + at
        unit = units[int(chance.integers(len(units)))]
        if organ == "TU":
            numbers.append(f"{number}-{kind or 'CV'}/TU")
        else:
            numbers.append(f"{number}/{kind}-{organ}" if kind else f"{number}/{organ}-{unit}")
        names.append(kind)
    return numbers, names


@lru_cache(maxsize=MONTHS_OF_LIFE + 2)
def month_of_documents(seed: int, profile: str, month: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the documents issued in a month, and their copies, with the local seconds of all that happens.

    Documents: `doc, issuer, code, kind, subject, urgency, issued, signed, exchanged, due_days`; copies add
    `recipient` and `sent, arrived, accepted, assigned, started, finished, refused, recalled, due` (0 = never).
    """
    plan = Plan(profile, seed, datetime(2026, 1, 1), datetime(2026, 1, 1))
    chance, offices = plan.chance("documents", month), crowd(seed)
    numbers = working()
    first, last = day_number(month), day_number(next_month(month))
    issuer, day = _issuers(plan, numbers[(numbers >= first) & (numbers < last)], chance)
    issued = day * DAY + hours(chance, len(day))
    order = np.argsort(issued, kind="stable")
    issuer, issued = issuer[order], issued[order]
    levels = [str(offices.level[i]) if i < len(offices.ids) else "outside" for i in issuer.tolist()]
    weights = {k: np.array([w for _, w in v], dtype=float) / sum(w for _, w in v) for k, v in KINDS.items()}
    picks = np.array([chance.choice(len(KINDS[lv]), p=weights[lv]) for lv in levels], dtype=np.int64)
    codes, kinds = _codes(month, issuer, picks, levels, offices, chance)
    n = len(issuer)
    urgency = np.searchsorted([0.88, 0.96, 0.99], chance.random(n), side="right")
    urgency = np.where(np.array(kinds) == "CĐ", 3, urgency)
    topic = chance.integers(0, len(TOPICS), n)
    ours = np.minimum(issuer, len(offices.ids) - 1)
    documents = pl.DataFrame({
        "doc": np.arange(n), "issuer": issuer, "code": codes, "kind": kinds,
        "subject": [f"{OPENINGS[k]} {TOPICS[t]} (mô phỏng)" for k, t in zip(kinds, topic.tolist(), strict=True)],
        "urgency": urgency, "issued": issued,
        "signed": chance.random(n) < offices.signed[ours],
        "exchanged": (chance.random(n) < offices.exchanged[ours]) | (issuer >= len(offices.ids)),
        "due_days": np.where(chance.random(n) < 0.55, chance.integers(3, 11, n), 0),
    })  # fmt: skip
    who = [_recipients(lv, i, offices, chance) for lv, i in zip(levels, issuer.tolist(), strict=True)]
    times = np.array([len(w) for w in who])
    copies = documents[np.repeat(np.arange(n), times)].with_columns(recipient=np.concatenate(who).astype(np.int64))
    return documents, copies.with_columns(**_lives(plan, month, copies, chance))


def _after(seconds: Ints, hours_later: Floats) -> Ints:
    """Return the moments after so many office hours; past the announced calendar three clock hours for each."""
    start = pl.Series(seconds * 1_000_000).cast(pl.Datetime("us"))
    found = after_working_hours(start, pl.Series(hours_later)).cast(pl.Int64)
    return np.where(found.is_null().to_numpy(), seconds + (hours_later * 3 * 3600).astype(np.int64),
                    found.fill_null(0).to_numpy() // 1_000_000)  # fmt: skip


def _slow(plan: Plan, month: date, recipient: Ints) -> Floats:
    """Return how much slower than usual each copy is handled: a department and a commune each month lie on papers."""
    story = plan.chance("papers_lie", month)
    slow = np.ones(len(crowd(plan.seed).ids))
    slow[story.integers(1, len(OFFICES))] = 7.0
    slow[story.integers(len(OFFICES), len(slow))] = 9.0
    return slow[recipient]


def _forgotten(plan: Plan, copies: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Mark the copies that are the week's forgotten urgent paper: the first urgent one after Tuesday noon."""
    week = (copies["issued"].to_numpy() // DAY - 5) // 7  # weeks from Tuesday, as 1970-01-06
    pressing = copies["urgency"].to_numpy() == 3
    marked = np.zeros(copies.height, dtype=bool)
    for number in np.unique(week[pressing]):
        rows = np.flatnonzero(pressing & (week == number))
        marked[rows[int(plan.chance("forgotten", int(number)).integers(min(len(rows), 20)))]] = True
    return marked


def _lives(plan: Plan, month: date, copies: pl.DataFrame, chance: np.random.Generator) -> dict[str, Any]:
    offices, n = crowd(plan.seed), copies.height
    recipient, issued, urgency = (copies[c].to_numpy() for c in ("recipient", "issued", "urgency"))
    exchanged = copies["exchanged"].to_numpy()
    sent = issued + chance.integers(5, 40, n) * 60
    arrived = np.where(exchanged, sent + chance.integers(1, 9, n) * 60, _after(sent, 6 + 14 * chance.random(n)))
    slow = _slow(plan, month, recipient)
    wait = np.minimum(chance.exponential(1.6, n) * np.sqrt(slow), 20) / np.where(urgency > 0, 3, 1)
    accepted = _after(arrived, wait)
    due_days = np.where(urgency > 1, 1, np.where(urgency == 1, 2, copies["due_days"].to_numpy()))
    due = np.where(due_days > 0, after_days(accepted // DAY, due_days) * DAY, 0)
    pace = offices.pace[recipient] * slow
    usual = np.where(due > 0, np.minimum(chance.lognormal(0, 0.7, n) * pace, due_days * 8 * 0.95),
                     chance.lognormal(0, 0.9, n) * pace / 5)  # fmt: skip
    late = (chance.random(n) < np.minimum(offices.late[recipient] + (slow > 1) * 0.6, 0.7)) & (due > 0)
    taken = np.where(late, due_days * 8 + 6 + chance.exponential(14, n) * slow, usual)
    taken = np.where(chance.random(n) < 0.0015, 150 + chance.exponential(160, n), taken)
    taken = np.where(_forgotten(plan, copies), 44 + chance.random(n) * 20, taken)
    finished = _after(accepted, np.minimum(taken, LONGEST))
    fate = chance.random(n)
    refused, recalled = fate < 0.007, (fate >= 0.007) & (fate < 0.009)
    gone = refused | recalled
    never = np.zeros(n, dtype=np.int64)
    passed = chance.random(n) < 0.5
    step = accepted + ((finished - accepted) * 0.15).astype(np.int64)
    moments = {
        "sent": sent, "arrived": arrived, "accepted": np.where(refused, never, accepted),
        "assigned": np.where(~gone & passed, step, never),
        "started": np.where(~gone & passed, step + 600, never), "finished": np.where(gone, never, finished),
        "refused": np.where(refused, accepted, never), "recalled": np.where(recalled, accepted + 5400, never),
        "due": due,
    }  # fmt: skip
    return {name: values // 60 * 60 for name, values in moments.items()}


def _of_months(plan: Plan, last: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return documents and copies of the months still alive, named."""
    ids = crowd(plan.seed).ids
    names = [*map(office_name, ids), *(name for name, _, _ in OUTSIDE.values())]
    codes = ["000.00.00.H56" if i == "vp_ubnd" else f"MP.{i}.H56" for i in ids] + list(OUTSIDE)
    parts = [month_of_documents(plan.seed, plan.profile, m) for m in last_months(last, MONTHS_OF_LIFE)]

    def named(frame: pl.DataFrame) -> pl.DataFrame:
        at = frame["issuer"].to_numpy()
        return frame.with_columns(
            issuer_name=pl.Series(np.array(names)[at]), issuer_code=pl.Series(np.array(codes)[at]),
            ours=pl.Series(at < len(ids)),
        )

    documents, copies = (named(pl.concat([p[k] for p in parts])) for k in (0, 1))
    to = copies["recipient"].to_numpy()
    return documents, copies.with_columns(
        recipient_name=pl.Series(np.array(names)[to]), recipient_code=pl.Series(np.array(codes)[to])
    )


# Registers


def _lines(plan: Plan, since: datetime, until: datetime, every: bool) -> pl.DataFrame:
    """Return the registers' lines of `(since, until]` (local) as they stood at its end, as text in `HEADERS`.

    Papers that came by hand are told again when they are done; with `every` all papers are.
    """
    first, last = local_seconds(since), local_seconds(until)
    documents, copies = _of_months(plan, until.date())
    out = documents.filter(pl.col("ours"), (pl.col("issued") + 600).is_between(first, last, closed="right"))
    entered = pl.col("accepted").is_between(first, last, closed="right")
    done = pl.max_horizontal("finished", "recalled").is_between(first, last, closed="right") & (pl.col("accepted") > 0)
    turned = pl.col("refused").is_between(first, last, closed="right")
    told = entered | (done & (pl.lit(every) | ~pl.col("exchanged"))) | (turned & (pl.lit(every) | ~pl.col("exchanged")))
    incoming = copies.filter(told, pl.col("arrived") <= last)

    def moment(column: str, shift: int = 0) -> pl.Expr:
        text = pl.from_epoch(pl.col(column) + shift, "s").dt.strftime("%d/%m/%Y %H:%M")
        return pl.when((pl.col(column) > 0) & (pl.col(column) <= last)).then(text).otherwise(pl.lit(""))

    def day(column: str) -> pl.Expr:
        text = pl.from_epoch(pl.col(column), "s").dt.strftime("%d/%m/%Y")
        return pl.when(pl.col(column) > 0).then(text).otherwise(pl.lit(""))

    def yes(column: str) -> pl.Expr:
        return pl.when(column).then(pl.lit("x")).otherwise(pl.lit("Không"))

    empty = pl.lit("")
    common = {
        "Số ký hiệu": pl.col("code"), "Ngày ban hành": day("issued"), "Cơ quan ban hành": pl.col("issuer_name"),
        "Trích yếu": pl.col("subject"), "Độ mật": pl.lit("Thường"), "Số lượng": empty, "STT": empty,
        "Độ khẩn": pl.col("urgency").replace_strict(dict(enumerate(PRIORITIES)), return_dtype=pl.String),
    }  # fmt: skip
    went = out.sort("issued").select(**common | {
        "Loại sổ": pl.lit("Đi"), "Đơn vị": pl.col("issuer_name"), "Ngày vào sổ": moment("issued", 600),
        "Hạn xử lý": empty, "Ngày đến": empty, "Ngày tiếp nhận": empty, "Ngày hoàn thành": empty,
        "Ngày trả lại": empty, "Ký số": yes("signed"), "Gửi qua trục": yes("exchanged"),
        "Người xử lý": pl.lit("Cán bộ (mô phỏng) 1"),
    })  # fmt: skip
    came = incoming.sort("arrived").select(**common | {
        "Loại sổ": pl.lit("Đến"), "Đơn vị": pl.col("recipient_name"),
        "Ngày vào sổ": pl.when(pl.col("accepted") > 0).then(moment("accepted")).otherwise(moment("refused")),
        "Hạn xử lý": day("due"), "Ngày đến": moment("arrived"), "Ngày tiếp nhận": moment("accepted"),
        "Ngày hoàn thành": moment("finished"), "Ký số": empty,
        "Ngày trả lại": pl.when(pl.col("refused") > 0).then(moment("refused")).otherwise(moment("recalled")),
        "Gửi qua trục": yes("exchanged"), "Người xử lý": pl.format("Cán bộ (mô phỏng) {}", "recipient"),
    })  # fmt: skip
    return pl.concat([came.select(HEADERS), went.select(HEADERS)]).with_row_index("n", 1).with_columns(
        pl.col("n").cast(pl.String).alias("STT")).drop("n")  # fmt: skip


def _totals(lines: pl.DataFrame, days: set[str]) -> pl.DataFrame:
    """Return the line “Tổng số” of each book and day of `days` (dd/mm/yyyy)."""
    day = pl.col("Ngày vào sổ").str.slice(0, 10)
    named = lines.filter(day.is_in(list(days)))
    counts = named.group_by("Loại sổ", day.alias("day"), maintain_order=True).len()
    blank = {h: pl.lit("") for h in HEADERS}
    return counts.select(**blank | {
        "STT": pl.lit("Tổng số"), "Loại sổ": pl.col("Loại sổ"), "Ngày vào sổ": pl.col("day"),
        "Số lượng": pl.col("len").cast(pl.String),
    })  # fmt: skip


def _secret(day: date, lines: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return lines of secret documents as a careless clerk would send them (invented, marked)."""
    number = pl.Series(np.arange(count) + 1).cast(pl.String)
    return lines.head(count).with_columns(
        pl.lit("Đến").alias("Loại sổ"), pl.lit("Mật").alias("Độ mật"),
        pl.lit("Nội dung mật (mô phỏng)").alias("Trích yếu"),
        ("9999" + number + f"/CV-MAT{day:%d%m}").alias("Số ký hiệu"),
        pl.lit(f"{day:%d/%m/%Y} 10:00").alias("Ngày vào sổ"),
    )  # fmt: skip


def _register(plan: Plan, day: date) -> Iterator[File]:
    """Yield the registers of a working day, with the mishaps that such deliveries have."""
    start = datetime.combine(day, time.min)
    lines = _lines(plan, start, start + timedelta(days=1) - timedelta(seconds=1), every=False)
    luck = plan.chance("register", day).random(3)
    if 0.12 <= luck[0] < 0.145:
        lines = pl.concat([lines, _secret(day, lines, 1 + int(luck[1] * 2))])
    totals = _totals(lines, {f"{day:%d/%m/%Y}"})
    if 0.10 <= luck[0] < 0.12:
        more = (pl.col("Loại sổ") == "Đến").cast(pl.Int64)
        totals = totals.with_columns((pl.col("Số lượng").cast(pl.Int64) + more).cast(pl.String))
    due = datetime.combine(day, time(17, 50), LOCAL) + timedelta(hours=14 if luck[0] < 0.04 else 0)
    name = f"SOVB_{day:%Y%m%d}"
    whole = pl.concat([lines, totals])
    if 0.04 <= luck[0] < 0.08:
        at = pl.int_range(pl.len())
        wrong = whole.with_columns(pl.when(at == 4).then(pl.lit("31/02/2026")).otherwise("Ngày ban hành")
                                   .alias("Ngày ban hành"))  # fmt: skip
        yield File("document_lists", f"{name}.xlsx", register_book(wrong, due), due)
        name, due, whole = f"{name}_sua", due + timedelta(hours=15), whole[[4]]
    yield File("document_lists", f"{name}.xlsx", register_book(whole, due), due)
    if 0.08 <= luck[0] < 0.10:
        yield File("document_lists", f"{name} (1).xlsx", register_book(whole, due), due + timedelta(minutes=30))


def _month(plan: Plan, month: date) -> Iterator[File]:
    """Yield the closed month's registers as exported together."""
    since, until = (datetime.combine(m, time.min) - timedelta(seconds=1) for m in (month, next_month(month)))
    lines = _lines(plan, since, until, every=True)
    days = {f"{day:%d/%m/%Y}" for day in days_in(month)}
    due = datetime.combine(next_month(month), time(6, 5), LOCAL)
    content = register_csv(pl.concat([lines, _totals(lines, days)]))
    yield File("document_lists", f"SOVB_{month:%Y%m}.csv", content, due)


# Messages


def _packages(plan: Plan, since: datetime, until: datetime) -> Iterator[File]:
    """Yield the package of what was exchanged in `(since, until]` (local)."""
    copies = _of_months(plan, until.date())[1]
    first, last = local_seconds(since), local_seconds(until)
    content = package(copies.filter(pl.col("exchanged")), first, last, plan.chance("secret", until).random() < 0.004)
    if content:
        due = until.replace(tzinfo=LOCAL) + timedelta(minutes=2)
        if plan.chance("package", until).random() < 0.04:
            due += timedelta(hours=3)
        yield File("documents_edxml", f"EDXML_{until:%Y%m%d%H%M}.zip", content, due)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the registers and packages due in the plan's window, by due moment.

    Months that closed over 20 days before the end come as one CSV of the registers, later days as packages of
    messages and workbooks; either way the papers are the same.
    """
    yield from by_month(plan, plan.days[0], lambda month, whole: (_month if whole else _days)(plan, month))


def _days(plan: Plan, month: date) -> Iterator[File]:
    for today, before in working_days_of(plan, month):
        noon, evening = (datetime.combine(today, cut) for cut in CUTS)
        yield from _packages(plan, datetime.combine(before, CUTS[1]), noon)
        yield from _packages(plan, noon, evening)
        yield from _register(plan, today)


def references() -> Iterator[File]:
    """Yield nothing: no real list of documents is published."""
    return iter(())
