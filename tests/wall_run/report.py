"""Writes what an endurance run of the wall has found."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from config.locale.numbers import number
from data_access.database import LOCAL
from tests.wall_run.frames import Frames
from tests.wall_run.memory import Sample

ROWS = 13
HEAD = """# Màn hình lớn chạy dài

Lệnh `python -m tests.wall_run --hours {hours}` chạy máy chủ, worker và một Chromium thật (1920×1080) trên tỉnh mô
phỏng;
kết thúc {when}. Mọi khung hình trình duyệt vẽ ra đều được xem: khung trống, và ô nào đổi rồi đổi lại trong một khung
(nhấp nháy). Số tuyệt đối tùy máy; điều cần thấy là bộ nhớ đi ngang và các số 0.

| kết quả | |
|---|---|
"""


def _slope(samples: Sequence[Sample], name: str) -> str:
    """Return the MB an hour by which something grows in the steady part, as a fitted line."""
    if len(samples) < 3:
        return "–"
    x, y = [s.minute / 60 for s in samples], [getattr(s, name) for s in samples]
    return number(float(np.polyfit(x, y, 1)[0]), 1)


def _steady(samples: Sequence[Sample], events: Sequence[dict[str, Any]]) -> list[list[Sample]]:
    """Return the stretches between restart and reload, each without its first tenth of an hour."""
    cuts = [e["minute"] for e in events if e["what"] in ("server restarted", "reload")]
    edges = [0.0, *cuts, float("inf")]
    return [[s for s in samples if start + 6 <= s.minute < end] for start, end in pairwise(edges)]


def write(path: Path, samples: Sequence[Sample], events: Sequence[dict[str, Any]], errors: Sequence[str],
          frames: Frames) -> None:  # fmt: skip
    """Write the report."""
    last = samples[-1]
    when = datetime.now(LOCAL).strftime("%d/%m/%Y %H:%M")
    lines = [HEAD.format(hours=number(last.minute / 60, 1), when=when).rstrip("\n")]
    told = {
        "thời gian": f"{number(last.minute, 0)} phút",
        "lần đổi cảnh": number(last.turns, 0),
        "khung hình đã xem": number(frames.seen, 0),
        "khung trống khi đang chạy": number(frames.blank, 0),
        "ô nhấp nháy": number(frames.flickers, 0),
        "khung trống trong lúc tải lại trang (cắt mạng, khởi động lại, tải lại)": number(frames.blank_excused, 0),
        "lỗi trong trình duyệt": number(len(errors), 0),
    }
    lines += [f"| {name} | {value} |" for name, value in told.items()]
    for event in events:
        if event["what"] != "phone":
            seen = ", ".join(f"{k} {v}" for k, v in event.items() if k not in ("minute", "what"))
            lines.append(f"| {event['what']} (phút {number(event['minute'], 0)}) | {seen} |")
    followed = [e["followed_after_s"] for e in events if e["what"] == "phone" and e.get("followed_after_s") is not None]
    if followed:
        lines.append(
            f"| điện thoại điều khiển {len(followed)} lần, màn hình theo sau (giây) | giữa "
            f"{number(float(np.median(followed)), 1)}, chậm nhất {number(max(followed), 1)} |"
        )
    lines += [
        "",
        "## Bộ nhớ, MB",
        "",
        "| phút | máy chủ | trình duyệt | script của trang | nút của trang | lần đổi cảnh |",
        "|---|---|---|---|---|---|",
    ]
    step = max(1, len(samples) // ROWS)
    lines += [
        f"| {number(s.minute, 0)} | {number(s.server, 0)} | {number(s.browser, 0)} | {number(s.heap, 1)} | "
        f"{number(s.nodes, 0)} | {number(s.turns, 0)} |"
        for s in [*samples[::step], last]
    ]
    lines += [
        "",
        "Độ dốc theo từng đoạn, bỏ 6 phút đầu mỗi đoạn (MB mỗi giờ):",
        "",
        "| đoạn | máy chủ | trình duyệt | script của trang |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| phút {number(part[0].minute, 0)}–{number(part[-1].minute, 0)} | {_slope(part, 'server')} | "
        f"{_slope(part, 'browser')} | {_slope(part, 'heap')} |"
        for part in _steady(samples, events)
        if len(part) > 2
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
