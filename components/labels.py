"""The small signs every screen shares: status mark and word, simulated box, truth label."""

from html import escape
from urllib.parse import quote

from components import format as write
from config.locale import say
from services.figure import Figure, Freshness, Status
from services.names import name_of


def shown_status(figure: Figure) -> str:
    """Return the status that may be shown: late data is `stale`, an uncertain target rates nothing."""
    if figure.freshness in (Freshness.LATE, Freshness.DEAD) or figure.status == Status.STALE:
        return "stale"
    return "none" if figure.target_uncertain else str(figure.status)


def mark(status: str) -> str:
    """Return the mark of a status as HTML; decoration only, the word stands beside it."""
    return f'<span class="ioc-mark ioc-{status}" aria-hidden="true"></span>'


def status(of: str, language: str = "vi", word: str | None = None) -> str:
    """Return mark and word of a status as HTML; `word` replaces the usual one."""
    text = escape(word or say(f"ui.status_{of}", language))
    return f'<span class="ioc-{of}" style="white-space:nowrap">{mark(of)}<b>{text}</b></span>'


def simulated(language: str = "vi", short: bool = False) -> str:
    """Return the dashed box that says a figure is simulated, as HTML."""
    title = escape(say("ui.simulated_sentence", language))
    text = say("ui.simulated_short" if short else "ui.simulated", language)
    return f'<span class="ioc-sim" title="{title}">{text}</span>'


def trace_url(figure: Figure) -> str:
    """Return the address that shows where a figure comes from."""
    return f"/data_quality?figure={quote(figure.id, safe='')}"


def short_parts(figure: Figure, language: str = "vi", days: bool = True) -> list[str]:
    """Return what the truth label says in one line: period, owner, as-of or cycle, whether preliminary."""
    parts = [write.period_label(figure.period, language, days), figure.owner_name[language]]
    fresh = figure.freshness == Freshness.FRESH and figure.cycle
    parts.append(write.cycle(figure.cycle, language) if fresh else write.moment(figure.data_until, language=language))
    if figure.preliminary:
        parts.append(say("ui.preliminary", language))
    return [part for part in parts if part and part != write.NOTHING]


def short_label(figure: Figure, language: str = "vi") -> str:
    """Return the truth label in one line: period · owner · as-of or cycle."""
    return " · ".join(short_parts(figure, language))


def short_line(figure: Figure, language: str = "vi") -> str:
    """Return the truth label as HTML: period and owner whole, of the rest, where space is short, the last left out."""
    parts = short_parts(figure, language, days=False)
    rest = "".join(f"<span>· {escape(part)}</span>" for part in parts[2:])
    whole, title = escape(" · ".join(parts[:2])), escape(short_label(figure, language))
    return f'<span class="ioc-says" title="{title}"><span>{whole}</span><span>{rest}</span></span>'


def label_rows(figure: Figure, language: str = "vi") -> list[tuple[str, str]]:
    """Return the whole truth label as (name, text); what is unknown is left out."""
    inputs = None
    if figure.numerator is not None and figure.denominator is not None:
        inputs = f"{write.number(figure.numerator, 0, language)} / {write.number(figure.denominator, 0, language)}"
    rows = {
        "period": write.period_label(figure.period, language),
        "place": figure.place_name if language == "vi" else name_of("place", figure.place)[language],
        "agency": name_of("agency", figure.agency)[language] if figure.agency else None,
        "part": "; ".join(name_of(name, key)[language] for name, key in figure.where.items()),
        "as_of": write.moment(figure.as_of, language=language),
        "until": write.moment(figure.data_until, language=language),
        "cycle": write.cycle(figure.cycle, language),
        "owner": figure.owner_name[language],
        "source": figure.source_name[language],
        "formula": figure.formula.get(language),
        "inputs": inputs,
        "basis": figure.legal_basis,
        "quality": figure.quality.grade,
        "note": figure.note,
        "simulated": say("ui.simulated_sentence", language) if figure.simulated else None,
    }
    return [(say(f"ui.label_{key}", language), text) for key, text in rows.items() if text and text != write.NOTHING]


def full_label(figure: Figure, language: str = "vi") -> str:
    """Return the whole truth label with its door to the source, as HTML."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in label_rows(figure, language))
    return f'<dl>{rows}</dl><a href="{trace_url(figure)}">{say("ui.trace", language)} →</a>'
