"""`docs/add-an-indicator.md` followed to the letter, on a copy of the project."""

from pathlib import Path

from tests.core.guides import Copy

NOTICES = (
    "time_local,reservoir,release_to_m3s,note\n"
    "2025-08-25T18:00,Cẩm Thủy 1,3850,planned\n"
    "2025-08-23T14:00,Cửa Đạt,2500,planned range\n"
)


def test_the_guide_gives_an_indicator_a_source_and_a_page(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    assert copy.write("add-an-indicator.md") == 4
    file = tmp_path / "reservoirs_2025.csv"
    file.write_text(NOTICES, encoding="utf-8")
    checked, _, received, answer = copy.run(
        "validate", "migrate", f"ingest reservoir_releases {file}", "figure env_reservoir_release"
    )
    assert checked["valid"] and received[0]["rows_kept"] == 2
    assert (answer["value"], answer["period"]["label"], answer["simulated"]) == (3850, "2025-08-25", False)
    (traced,) = copy.run(f"trace {answer['id']}")
    assert traced["files"][0]["file"] == "reservoirs_2025.csv"
    assert "3.850" in copy.visit("reservoirs")[0]
