"""The look of charts: type, lines, colours and the Vietnamese way of writing numbers and dates."""

from typing import Any

from components.theme import palette

FONT = "IBM Plex Sans, sans-serif"
_DAYS = ["Chủ Nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"]
LOCALES: dict[str, Any] = {
    "vi": {
        "number": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " ₫"], "minus": "−"},
        "time": {
            "dateTime": "%H:%M %d/%m/%Y",
            "date": "%d/%m/%Y",
            "time": "%H:%M",
            "periods": ["SA", "CH"],
            "days": _DAYS,
            "shortDays": ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
            "months": [f"Tháng {n}" for n in range(1, 13)],
            "shortMonths": [f"Th{n}" for n in range(1, 13)],
        },
    },
    "en": {"number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", " ₫"], "minus": "−"}},
}


def config(mode: str, language: str = "vi") -> dict[str, Any]:
    """Return the Vega-Lite config of a mode (`light`, `dark`) and a language."""
    colours = palette(mode)
    text = {"font": FONT, "fontSize": 12, "color": colours.muted}
    return {
        "aria": False,
        "background": None,
        "font": FONT,
        "locale": LOCALES[language],
        "padding": {"left": 0, "right": 4, "top": 4, "bottom": 0},
        "view": {"stroke": None},
        "range": {"category": list(colours.series), "ordinal": list(colours.classes)},
        "mark": {"color": colours.accent},
        "text": text,
        "line": {"strokeWidth": 1.75, "strokeJoin": "round"},
        "bar": {"color": colours.accent},
        "axis": {
            "labelColor": colours.muted,
            "titleColor": colours.muted,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "domain": False,
            "ticks": False,
            "gridColor": colours.line,
            "labelPadding": 6,
        },
        "axisX": {"grid": False, "domain": True, "domainColor": colours.line, "labelFlush": False},
        "axisY": {"grid": True, "tickCount": 4},
        "legend": {"labelColor": colours.muted, "titleColor": colours.muted, "labelFontSize": 12},
    }
