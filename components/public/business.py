"""For a business: its procedures with times and fees, and what was measured where it discharges."""

import polars as pl

from components.listing import Listing, listing
from components.public.terms import text
from components.screen import Screen
from components.tables import ColumnSpec, titled

UNITS = {"Ngày làm việc": "ngày làm việc", "Ngày": "ngày", "Tháng": "tháng", "Giờ": "giờ"}


def _columns(_: Screen, __: str) -> list[ColumnSpec]:
    return [
        titled("name", "public.col_procedure", width=420), titled("field", "public.col_field", width=150),
        titled("time", "public.col_time", width=130), titled("fee", "public.col_fee", width=230),
        titled("executing_body", "public.col_body", width=180), titled("page", "public.col_page", "link"),
    ]  # fmt: skip


def _dressed(screen: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    """Write the time as printed, say where no fee is known, and point to the national portal."""
    time = pl.format("{} {}", pl.col("time_first").cast(pl.Int64), pl.col("time_unit").replace(UNITS))
    bare = pl.format("{} ngày làm việc", pl.col("working_days"))
    unknown = text(screen, "not_printed")
    return frame.with_columns(
        time=pl.coalesce(time, bare, pl.lit(unknown)),
        fee=pl.col("fee").fill_null(unknown),
        page=pl.format("https://dichvucong.gov.vn/p/home/dvc-chi-tiet-thu-tuc-nganh-doc.html?ma_thu_tuc={}", "code"),
    )


def _note(screen: Screen) -> str:
    return text(screen, "procedures_note")


PROCEDURES = Listing(
    fact="procedure",
    figures={"business": "dvc_procedures", "citizens": "dvc_procedures", "all": "dvc_procedures"},
    texts="public", columns=_columns, dressed=_dressed, note=_note,
)  # fmt: skip


def procedures(screen: Screen) -> None:
    """Draw the searchable list of procedures with times and fees as the national portal prints them."""
    listing(screen, PROCEDURES)


def discharge(screen: Screen) -> None:
    """Draw what the outlets and stacks under automatic measurement showed, by outlet."""
    screen.section(text(screen, "discharge"))
    screen.strip("dis_outlets_over", "dis_hours_over", "dis_capture")
    screen.compare(["dis_hours_over", "dis_capture"], "station", text(screen, "outlets"), key="outlets",
                   height="auto", counts=["dis_hours_over"])
