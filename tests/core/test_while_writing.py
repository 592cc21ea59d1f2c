"""Signing in, clicking and acknowledging do not wait while a large batch is being written."""

import re

from sqlalchemy import func, insert, select

from config.settings import ROOT
from data_access import ledger
from data_access.database import now, reading, writing
from data_access.facts import fact_table
from services import alerts
from services.access import Viewer
from services.indicators import figure
from services.people import add_person, lookup, open_session
from tests.core.deliveries import STATION, air_file, steady, take_in
from tests.core.test_alerts import fresh_air, held

OPERATOR = Viewer("truc", "operator", None, None)


def test_people_work_while_a_batch_is_in_its_transaction(store: str) -> None:
    """Every step below would wait for the transaction around it if it needed the same lock."""
    add_person("truc", "Trực vận hành", "operator", "mat-khau-dai-1")
    at = fresh_air(160)
    alerts.evaluate(at - held())
    alerts.evaluate(at)
    before = figure("env_aqi_hour").value
    (alert,) = [a for a in alerts.open_alerts(OPERATOR) if a.indicator == "env_aqi_hour"]
    with writing() as batch:
        batch.execute(insert(fact_table("reading")), [
            {"station": STATION, "symbol": "O3", "time": now(), "value": 1.0, "status": "00", "kind": "air",
             "scope": "inside", "place": "14797", "batch": 1, "row": 1, "recorded_at": now()}])
        batch.execute(insert(ledger.raw_file).values(sha256="x", size=1, stored_at=now()))
        token, _ = open_session("truc")
        viewer = lookup(token)
        assert viewer is not None and viewer.role == "operator"
        assert figure("env_aqi_hour").value == before
        assert alerts.acknowledge(alert.id, OPERATOR)
    with reading() as connection:
        table = fact_table("reading")
        assert connection.execute(select(func.count()).where(table.c.symbol == "O3")).scalar() == 1


def test_readers_see_all_of_a_batch_or_nothing(store: str) -> None:
    take_in(air_file(steady("PM2,5", 50, 12)))
    with reading() as connection:
        connection.execute(select(func.count()).select_from(fact_table("reading"))).scalar()
        take_in(air_file(steady("PM2,5", 80, 12)))
        if store == "sqlite":
            seen = connection.execute(select(func.max(fact_table("reading").c.value))).scalar()
            assert seen == 50
    assert figure("env_aqi_hour", period="2026-11-20T11").value == 150


def test_no_python_function_runs_inside_an_expression_of_a_frame() -> None:
    """Beside a thread that pickles a frame it freezes the whole process (services/methods/mapped)."""
    parts = ("components", "config", "data_access", "pages", "services")
    files = [file for part in parts for file in (ROOT / part).rglob("*.py")]
    assert len(files) > 100
    inside = re.compile(r"\.map_(elements|batches|groups)\(")
    assert [file.name for file in files if inside.search(file.read_text(encoding="utf-8"))] == []
