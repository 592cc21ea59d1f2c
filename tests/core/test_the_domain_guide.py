"""`docs/add-a-domain.md` followed to the letter: the fourteenth field is three files, and nothing else changes."""

import shlex
import subprocess
from pathlib import Path

import pytest
import xlsxwriter

from config.registry import assemble, load_registry
from config.settings import CONFIG, ROOT
from tests.core.guides import Copy

GUIDE = "add-a-domain.md"
FILES = ["config/domains/tourism.yaml", "config/sources/lodging_reports.yaml", "pages/tourism.py"]
HEADER = assemble().sources["lodging_reports"].layout.columns
PUBLISHED = sorted((CONFIG / "reference_data" / "ktxh").glob("*.csv"))


def report(path: Path) -> Path:
    """Write a month's report: a title, the header, good rows, one of a kind that the law does not know, the total."""
    names = load_registry().places.values()
    communes = [p.full_name for p in names][:5]
    rows = [["01/10/2026", c, "Khách sạn", 40, 900, 5000, 200, 9000, 12000, 8100] for c in communes]
    rows.append(["01/10/2026", communes[0], "Khách sạn mini", 1, 10, 20, 0, 30, 15, 5])
    rows.append(["", "Tổng số", "", 200, 4500, 25000, 1000, 45000, 60000, 40500])
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("LuuTru")
        for number, row in enumerate([["BÁO CÁO LƯU TRÚ"], HEADER, *rows]):
            sheet.write_row(number, 0, row)
    return path


def test_a_field_is_one_yaml_one_source_and_one_page(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    for name in FILES:
        (copy.root / name).unlink()
    before = copy.files()
    assert copy.run("validate")[0]["valid"], "something else in the product knows of the field"
    assert copy.write(GUIDE) == 3
    after = copy.files()
    assert sorted(p for p in after if after[p] != before.get(p)) == FILES and before.keys() <= after.keys()
    assert all(after[name] == (ROOT / name).read_bytes() for name in FILES)

    checked, refused, listed = copy.run("validate", "figure tour_arrivals", "indicators")
    assert checked["valid"] and "Không có chỉ tiêu" in refused["error"]
    assert {i["domain"] for i in listed} == set(load_registry().domains)

    subprocess.run(copy.shell(GUIDE)[0], shell=True, cwd=copy.root, check=True)
    checked, added, _, silent, real, (receipt,), stay, free = copy.run(
        "validate", "migrate", f"ingest socioeconomic_published {shlex.join(map(str, PUBLISHED))}",
        "figure tour_stay", "figure tour_arrivals", f"ingest lodging_reports {report(tmp_path / 'luu_tru.xlsx')}",
        "figure tour_stay", "figure tour_rooms_free --by place",
    )  # fmt: skip
    assert checked["valid"] and "lodging" in added["added"]
    assert (silent["value"], real["value"], real["period"]["label"]) == (None, 16_200_000, "2025-12")
    assert not real["simulated"]
    assert (receipt["rows_kept"], [r["value"] for r in receipt["rejects"]]) == (5, ["Khách sạn mini"])
    assert (stay["value"], stay["period"]["label"]) == (45_000 / 25_000, "2026-10")
    assert sum(r["value"] or 0 for r in free["rows"]) == pytest.approx(5 * (900 - 12_000 / 31))
    assert len(free["rows"]) == 166
    home, page = copy.visit("home", "tourism")
    assert "Du lịch, lưu trú" in home and "14 lĩnh vực" in home and "16.200.000" in home
    assert "Khách ở lại bao lâu" in page and "1,80" in page and "852.300" in page


def test_a_field_switched_off_is_checked_and_not_in_use() -> None:
    whole, used = assemble(), load_registry()
    assert set(whole.domains) - set(used.domains) == {"tourism"}
    assert set(whole.sources) - set(used.sources) == {"lodging_reports"}
    assert set(whole.facts) - set(used.facts) == {"lodging"}
    assert set(whole.indicators) - set(used.indicators) == {i.id for i in whole.domains["tourism"].indicators}
