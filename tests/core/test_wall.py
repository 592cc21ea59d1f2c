"""The wall: whose turn it is, what breaks in, and who may drive it from a phone."""

from datetime import timedelta
from pathlib import Path

import pytest

from config.declarations import RegistryError
from config.settings import CONFIG
from config.wall import load_wall, read_wall
from data_access import wall as store_of
from data_access.alerts import open_alert
from data_access.audit import entries
from data_access.database import now, operations_engine, reading, writing
from services import alerts, wall
from services.access import CITIZEN, Viewer
from services.wall import WallError

SCREEN = Viewer("manhinh", "display", None, None)
OPERATOR = Viewer("vanhanh", "operator", None, None)
LEADER = Viewer("lanhdao", "leader", None, None)
COMMUNE = Viewer("xahacthanh", "commune", frozenset({"14797"}), None)
NORMAL = [scene.id for scene in load_wall().rotation("normal")]


def shown(after: float = 0) -> wall.Showing:
    return wall.standing("manhinh", SCREEN, now() + timedelta(seconds=after)).showing


def paired(who: Viewer = OPERATOR) -> None:
    wall.pair(who, wall.code_of("manhinh"))


def critical(domain: str = "discharge") -> int:
    with writing(operations_engine()) as connection:
        return open_alert(connection, now(), cause=f"{domain}|x", domain=domain, indicator="dis_times_hour", rule="r",
                          subject="x", subject_vi="Giấy Thử", subject_en="Paper", place="14797", severity="critical",
                          text_vi="COD 1,8 lần giới hạn", text_en="COD 1.8 times the limit", value=1.8, figure="",
                          visibility="public", simulated=True)  # fmt: skip


def test_scenes_take_their_turns_by_the_clock_and_every_process_agrees(store: str) -> None:
    paired()
    wall.steer(OPERATOR, "go", NORMAL[0])
    first, second = (load_wall().scene(name) for name in NORMAL[:2])
    assert first and second
    assert shown().scene == first.id and shown().following == second.id
    assert shown(first.seconds).scene == second.id
    whole = sum(scene.seconds for scene in load_wall().rotation("normal"))
    assert shown(whole + 1).scene == first.id
    assert shown(-5).scene == first.id, "a clock a moment behind does not show the scene before"


def test_a_phone_goes_on_back_holds_and_pins(store: str) -> None:
    paired(LEADER)
    wall.steer(LEADER, "go", NORMAL[3])
    wall.steer(LEADER, "next")
    assert shown().scene == NORMAL[4]
    wall.steer(LEADER, "previous")
    assert shown().scene == NORMAL[3]
    wall.steer(LEADER, "pause")
    assert (shown(600).scene, shown(600).until) == (NORMAL[3], None)
    assert shown(load_wall().paused_for.total_seconds() + 25).scene != NORMAL[3], "a forgotten pause ends"
    wall.steer(LEADER, "resume")
    wall.steer(LEADER, "pin", "meeting")
    assert shown(86_400).scene == "meeting"
    with reading(operations_engine()) as connection:
        assert {e["actor"] for e in entries(connection, "wall:manhinh")} == {"lanhdao"}


def test_a_code_is_used_once_runs_out_and_bears_few_wrong_ones(store: str) -> None:
    code = wall.code_of("manhinh")
    assert code == wall.code_of("manhinh") and len(code) == 6
    wall.pair(OPERATOR, f"{code[:3]} {code[3:]}")
    with pytest.raises(WallError, match="không đúng"):
        wall.pair(LEADER, code)
    store_of.keep_code("manhinh", "123456", now() - timedelta(seconds=1))
    for _ in range(load_wall().code.attempts - 1):
        with pytest.raises(WallError, match="không đúng"):
            wall.pair(LEADER, "123456")
    with pytest.raises(WallError, match="Thử lại sau"):
        wall.pair(LEADER, wall.code_of("manhinh"))
    assert wall.paired(LEADER) is None and wall.paired(OPERATOR) == "manhinh"


@pytest.mark.parametrize("who", [CITIZEN, COMMUNE, SCREEN])
def test_only_whoever_may_drives_the_wall(store: str, who: Viewer) -> None:
    with pytest.raises(WallError):
        wall.pair(who, wall.code_of("manhinh"))
    store_of.pair(who.user, "manhinh", now() + timedelta(hours=1))  # a row that should never be there
    with pytest.raises(WallError):
        wall.steer(who, "next")
    with pytest.raises(WallError):
        wall.operate(who, "meeting")
    assert store_of.drive_of("manhinh") is None


def test_a_phone_without_the_code_drives_nothing(store: str) -> None:
    with pytest.raises(WallError, match="chưa ghép"):
        wall.steer(OPERATOR, "next")
    paired()
    wall.let_go(OPERATOR)
    with pytest.raises(WallError, match="chưa ghép"):
        wall.steer(OPERATOR, "next")


def test_a_critical_alert_breaks_in_and_comes_again_until_somebody_has_it(store: str) -> None:
    rules = load_wall().interrupts
    alert = critical()
    assert (shown(1).scene, shown(1).held) == ("emergency", "emergency")
    assert shown(rules.seconds + 2).held == ""
    assert shown(rules.again.total_seconds() + 5).scene == "emergency"
    assert alerts.acknowledge(alert, OPERATOR)
    assert shown(1).held == "" and shown(rules.again.total_seconds() + 5).held == ""


def test_an_alert_of_another_kind_does_not_break_in_nor_one_that_a_phone_has_put_aside(store: str) -> None:
    critical("education")
    assert shown(1).held == ""
    critical()
    paired()
    wall.steer(OPERATOR, "next")
    assert shown(1).held == ""


def test_the_operator_sets_the_mode_with_its_words(store: str) -> None:
    with pytest.raises(WallError, match="việc gì"):
        wall.operate(OPERATOR, "emergency")
    wall.operate(OPERATOR, "emergency", "Vỡ đê sông Chu", "Xã Thiệu Hóa", "Phó Chủ tịch phụ trách")
    assert shown().scene == load_wall().rotation("emergency")[0].id
    assert wall.operating().what == "Vỡ đê sông Chu"
    wall.operate(OPERATOR, "meeting", "Phiên họp tháng 11")
    assert shown(100).scene == "meeting"
    with pytest.raises(WallError):
        wall.operate(LEADER, "normal")


def test_a_new_scene_is_an_entry_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    text, file = (CONFIG / "wall.yaml").read_text(encoding="utf-8"), tmp_path / "wall.yaml"
    scene = "{id: air, kind: map, name: {vi: Khí, en: Air}, vessels: false, stations: [env_aqi_hour]}"
    file.write_text(f"{text}  - {scene}\n", encoding="utf-8")
    assert read_wall(file).rotation("normal")[-1].id == "air"
    mistakes = (
        ("of: env_aqi_hour", "of: env_nothing", "env_nothing"),
        ("    kind: overview", "    kind: over", "over"),
        ("modes: [meeting]", "modes: [normal]", "meeting"),
    )
    for old, new, said in mistakes:
        file = tmp_path / f"{said}.yaml"  # a file is read once
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(RegistryError, match=said):
            read_wall(file)
