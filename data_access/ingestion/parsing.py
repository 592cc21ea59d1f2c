"""From an agency's bytes to a frame of text: the one door to all parsers."""

from collections.abc import Callable

from data_access.ingestion.parsers.bhyt import parse_bhyt
from data_access.ingestion.parsers.datex2 import parse_datex2
from data_access.ingestion.parsers.dvc_766 import parse_dvc_766
from data_access.ingestion.parsers.edxml import parse_edxml
from data_access.ingestion.parsers.feed import parse_feed
from data_access.ingestion.parsers.json_records import parse_json_records
from data_access.ingestion.parsers.naf import parse_naf
from data_access.ingestion.parsers.nmea import parse_nmea
from data_access.ingestion.parsers.probe_rounds import parse_probe_rounds
from data_access.ingestion.parsers.result import Broken, Layout, Parsed, Unreadable
from data_access.ingestion.parsers.table import parse_table
from data_access.ingestion.parsers.tt10 import parse_tt10

__all__ = ["PARSERS", "Broken", "Layout", "Parsed", "Unreadable", "parse"]

PARSERS: dict[str, Callable[[str, bytes, Layout], Parsed]] = {
    "table": parse_table,
    "tt10": parse_tt10,
    "json_records": parse_json_records,
    "dvc_766": parse_dvc_766,
    "datex2": parse_datex2,
    "edxml": parse_edxml,
    "bhyt": parse_bhyt,
    "feed": parse_feed,
    "naf": parse_naf,
    "nmea": parse_nmea,
    "probe_rounds": parse_probe_rounds,
}


def parse(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return the records of the file `name`; raise Unreadable, never anything else, on bad bytes.

    Option `max_mb` (100) limits the file, and what it unpacks to; an unknown parser raises KeyError.
    """
    parser = PARSERS[layout.parser]
    if len(content) > layout.most_bytes:
        raise Unreadable(
            "too_large",
            name,
            size=f"{len(content) / 1_000_000:.1f}".replace(".", ","),
            limit=f"{layout.most_bytes / 1_000_000:g}".replace(".", ","),
        )
    if not content:
        raise Unreadable("empty_file", name)
    try:
        return parser(name, content, layout)
    except RecursionError as error:
        raise Unreadable("too_deep", name) from error
