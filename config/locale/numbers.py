"""How numbers are written: 1.234,5 in Vietnamese, 1,234.5 in English, with a true minus sign."""

NOTHING = "—"
MINUS = "−"
_SWAP = str.maketrans(",.", ".,")


def number(value: float | None, decimals: int = 0, language: str = "vi") -> str:
    """Write a number with grouped thousands, rounded half up; a dash for None."""
    if value is None or value != value:
        return NOTHING
    scale = 10**decimals
    rounded = int(abs(value) * scale + 0.5 + 1e-9) / scale
    text = f"{rounded:,.{decimals}f}"
    sign = MINUS if value < 0 and rounded else ""
    return sign + (text if language == "en" else text.translate(_SWAP))
