"""JSON of any system, and the national portal's published scores."""

import json

import pytest

from data_access.ingestion.parsing import Layout, Unreadable, parse

RECORDS = Layout(parser="json_records")
SCORES = {
    "metadata": {"runDateStr": "10102026", "extractedAt": "2026-10-10T07:00:29Z"},
    "overview": {
        "departmentName": "Cả nước", "totalScore": 62.59, "totalMaxScore": 100, "ratio": 62.59,
        "scoreDelta": None,
    },
    "provinces": [
        {
            "departmentName": "UBND tỉnh Thanh Hóa", "departmentCode": "H56", "totalScore": 60.8,
            "totalMaxScore": 100, "ratio": 60.8, "scoreDelta": 13.39, "rank": 26,
            "groupScores": {"CKMB": 8.48, "TDGQ": 17.75},
        }
    ],
}  # fmt: skip
DETAILS = {
    "metadata": {"runDateStr": "10102026", "extractedAt": "2026-10-10T07:00:40Z"},
    "provinces": [
        {
            "departmentName": "UBND tỉnh Thanh Hóa", "departmentCode": "H56", "groupScores": {"CKMB": 8.49},
            "componentIndicators": {
                "CKMB_CongKhaiMinhBach": {
                    "score": 8.48, "maxScore": 18, "ratio": 47.11,
                    "metrics": [
                        {"code": "PUBLISH_ON_TIME", "numerator": 0, "denominator": 52, "score": 0,
                         "maxScore": 6, "ratio": 0, "dataQualityStatus": "TEMP"},
                        {"code": "COPY", "numerator": None, "denominator": None, "score": None,
                         "maxScore": 0},
                    ],
                },
                "TDGQ_TienDoGiaiQuyet": {"totalReceived": 405424, "averageScore": None, "score": 17.69},
            },
        }
    ],
}  # fmt: skip
VALUES = ("score", "max_score", "ratio", "numerator", "denominator", "flag")


def test_nested_objects_are_flattened_without_losing_a_digit() -> None:
    content = '[{"id": 1.10, "p": {"lat": 19.8000000000000001, "tags": ["a", 2]}, "ok": true, "none": null}]'
    frame = parse("a.json", content.encode(), RECORDS).frame
    assert frame.drop("_sheet").row(0, named=True) == {
        "id": "1.10", "p.lat": "19.8000000000000001", "p.tags": '["a", 2]', "ok": "true", "none": None,
        "_row": 1,
    }  # fmt: skip


def test_the_list_may_stand_deeper_and_columns_are_checked() -> None:
    layout = Layout(parser="json_records", columns=["id"], optional=["x"], options={"path": "data.items"})
    parsed = parse("a.json", b'{"data": {"items": [{"id": 1, "z": 2}, 5, {"id": 2}]}}', layout)
    assert parsed.frame.rows() == [("1", None, "", 1), ("2", None, "", 3)]
    assert parsed.notes == {"extra_columns": "z"}
    assert [(fault.row, fault.rule) for fault in parsed.broken] == [(2, "not_object")]


def test_one_object_per_line_costs_only_the_broken_line() -> None:
    layout = Layout(parser="json_records", options={"lines": True})
    parsed = parse("a.ndjson", b'{"a": 1}\n\n{"a": \n{"a": 3}\n', layout)
    assert parsed.frame.select("a", "_row").rows() == [("1", 1), ("3", 4)]
    assert "dòng 3" in parsed.broken[0].message


@pytest.mark.parametrize(
    ("content", "layout", "reason", "words"),
    [
        (b'[{"a": 1},\n {"a": ', RECORDS, "bad_json", "dòng 2, cột"),
        (b"[NaN]", RECORDS, "bad_json", "JSON"),
        (b"[" * 100_000, RECORDS, "bad_json", "JSON"),
        (b'[{"b":' + b'[{"a":' * 300 + b"1" + b"}]" * 300 + b"}]", RECORDS, "too_deep", "quá nhiều lớp"),
        (b'{"a": 1}', RECORDS, "no_list", "không có danh sách bản ghi"),
        (b"[]", RECORDS, "no_rows", "không có dòng dữ liệu"),
        (b'[{"vessel_no": 1}]', Layout(parser="json_records", columns=["vesselNo"]), "renamed_columns",
         "có phải cột “vesselNo” đã đổi tên thành “vessel_no”?"),
        (b'{"metadata": {}}', Layout(parser="dvc_766"), "dvc_766_shape", "Hãy tải lại tệp từ Cổng"),
        (b'{"metadata": {"runDateStr": "99999999"}, "provinces": []}', Layout(parser="dvc_766"),
         "dvc_766_date", "“99999999” không đúng dạng ddmmyyyy"),
    ],
)  # fmt: skip
def test_json_that_cannot_be_read_says_where(content: bytes, layout: Layout, reason: str, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse("dữ-liệu.json", content, layout)
    assert refused.value.reason == reason
    assert words in refused.value.message
    assert "dữ-liệu.json" in refused.value.message


def test_portal_scores_become_one_row_per_published_figure() -> None:
    parsed = parse("scores.json", json.dumps(SCORES).encode(), Layout(parser="dvc_766"))
    assert parsed.notes == {"date": "2026-10-10", "extractedAt": "2026-10-10T07:00:29Z"}
    assert parsed.frame.select("department_code", "metric", "score", "max_score").rows() == [
        ("VN", "TOTAL", "62.59", "100"), ("VN", "SCORE_DELTA", None, None),
        ("H56", "TOTAL", "60.8", "100"), ("H56", "RANK", "26", None), ("H56", "SCORE_DELTA", "13.39", None),
        ("H56", "CKMB", "8.48", None), ("H56", "TDGQ", "17.75", None),
    ]  # fmt: skip
    assert parsed.frame["date"].unique().to_list() == ["2026-10-10"]


def test_portal_details_keep_nulls_numerators_and_warnings() -> None:
    frame = parse("details.json", json.dumps(DETAILS).encode(), Layout(parser="dvc_766")).frame
    rows = {row["metric"]: tuple(row[key] for key in VALUES) for row in frame.iter_rows(named=True)}
    assert rows == {
        "CKMB": ("8.49", "18", "47.11", None, None, None),
        "PUBLISH_ON_TIME": ("0", "6", "0", "0", "52", "TEMP"),
        "COPY": (None, "0", None, None, None, None),
        "TDGQ": ("17.69", None, None, None, None, None),
        "TDGQ.totalReceived": ("405424", None, None, None, None, None),
        "TDGQ.averageScore": (None, None, None, None, None, None),
    }


def test_the_daily_csv_gives_the_same_rows() -> None:
    content = (
        "date,file_scope,commit,department_code,name,total,rank,score_delta,CKMB,TDGQ,ONLINE,TTTT,MDSH,MDHL\n"
        "2026-10-10,Provinces,1ffdc23d,H56,Thanh Hóa,60.80,26,13.39,8.48,17.75,8.46,6.28,8.19,11.63\n"
    )
    frame = parse("daily.csv", content.encode(), Layout(parser="dvc_766")).frame
    assert frame.height == 9
    assert frame.select("date", "extracted_at", "department_code", "metric", "score", "_row").row(0) == (
        "2026-10-10", None, "H56", "TOTAL", "60.80", 2,
    )  # fmt: skip
