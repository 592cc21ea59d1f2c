"""Open data: public figures for anybody at addresses that stay, and nothing else by whatever address or right."""

import io
import json

import anyio
import httpx
import polars as pl
import pytest
from starlette.applications import Starlette

from components.open_data_routes import OPEN_DATA_ROUTES
from config.registry import load_registry
from config.settings import settings
from services.divisions import divisions
from services.indicators import figure, figures
from services.people import ensure_demo_accounts, open_session
from tests.domains.test_public_services import as_csv, deliver, dossier

COMMUNES = "/open-data/dvc_received/communes"


class Caller:
    """Asks the routes as a browser does."""

    def request(self, method: str, path: str, cookies: dict[str, str] | None = None) -> httpx.Response:
        async def asked() -> httpx.Response:
            routes = httpx.ASGITransport(Starlette(routes=OPEN_DATA_ROUTES))
            async with httpx.AsyncClient(transport=routes, base_url="http://ioc", cookies=cookies) as client:
                return await client.request(method, path)

        return anyio.run(asked)

    def get(self, path: str, cookies: dict[str, str] | None = None) -> httpx.Response:
        return self.request("GET", path, cookies)


@pytest.fixture
def browser() -> Caller:
    return Caller()


@pytest.fixture
def delivered(store: str) -> None:
    two = (dossier(f"000.17.22.H56-260213-000{n}") for n in (1, 2))
    deliver("dossiers", ("hoso.csv", as_csv(*two)))


def test_a_file_says_the_figure_that_the_screens_say(delivered: None, browser: Caller) -> None:
    told = pl.read_csv(browser.get(f"{COMMUNES}.csv").content, schema_overrides={"place": pl.String})
    assert told.height == 166
    by_place = dict(told.select("place", "value").iter_rows())
    assert by_place["14797"] == figure("dvc_received", place="14797").value
    assert told["value"].sum() == figure("dvc_received").value == 2
    assert told["simulated"].all() and told["source"][0] and told["owner"][0]


def test_csv_json_and_parquet_say_the_same(delivered: None, browser: Caller) -> None:
    csv = pl.read_csv(browser.get(f"{COMMUNES}.csv").content, schema_overrides={"place": pl.String})
    parquet = pl.read_parquet(io.BytesIO(browser.get(f"{COMMUNES}.parquet").content))
    rows = browser.get(f"{COMMUNES}.json").json()
    cells = ["place", "place_name", "period", "value", "unit"]
    assert csv.select(cells).equals(parquet.select(cells))
    assert [[row[c] for c in cells] for row in rows] == [list(row) for row in parquet.select(cells).iter_rows()]


def test_a_new_delivery_is_in_the_file_at_once(delivered: None, browser: Caller) -> None:
    browser.get(f"{COMMUNES}.json")
    deliver("dossiers", ("hoso2.csv", as_csv(dossier("000.17.22.H56-260213-0003"))))
    assert sum(row["value"] for row in browser.get(f"{COMMUNES}.json").json()) == 3


@pytest.mark.parametrize("path", [
    "doc_backlog/time.csv", "tsk_late/time.json", "dvc_open/communes.parquet", "dvc_received/rows.csv",
    "dvc_received/time.xlsx", "dvc_received/time", "../ioc.db", "dvc_procedures/communes.csv", "%2e%2e/time.csv",
])  # fmt: skip
def test_nothing_else_is_given_out_not_even_to_a_leader(sqlite_store: str, browser: Caller, path: str) -> None:
    ensure_demo_accounts()
    token, _ = open_session("lanhdao")
    answer = browser.get(f"/open-data/{path}", cookies={"ioc_session": token})
    assert answer.status_code == 404
    assert "dữ liệu mở" in answer.text or answer.text == "Not Found"


def test_nothing_can_be_written(sqlite_store: str, browser: Caller) -> None:
    assert [browser.request(how, f"{COMMUNES}.csv").status_code for how in ("POST", "PUT", "DELETE")] == [405] * 3


def test_the_catalogue_lists_the_public_indicators_and_no_other(sqlite_store: str, browser: Caller) -> None:
    told = browser.get("/open-data/catalogue.json").json()
    public = {i.id for i in load_registry().indicators.values() if i.visibility == "public"}
    assert {d["indicator"] for d in told["datasets"]} == public
    assert told["licence"] == "CC BY 4.0" and {c["name"] for c in told["columns"]} >= {"value", "simulated", "as_of"}
    dictionary = pl.read_csv(browser.get("/open-data/dictionary.csv").content)
    assert set(dictionary["indicator"]) == public and dictionary["meaning"].null_count() == 0


def test_in_production_no_simulated_figure_leaves(
    sqlite_store: str, browser: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC_ENV", "production")
    monkeypatch.setenv("IOC_SECRET_KEY", "k" * 40)
    settings.cache_clear()
    told = json.loads(browser.get("/open-data/catalogue.json").content)["datasets"]
    assert told and not any(d["simulated"] for d in told)
    assert browser.get(f"{COMMUNES}.csv").status_code == 404


def test_every_division_that_is_offered_can_be_asked(sqlite_store: str) -> None:
    for indicator in load_registry().indicators:
        for dimension in divisions(indicator)[:2]:
            figures(indicator, by=dimension)
