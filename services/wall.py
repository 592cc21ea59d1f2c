"""The wall of screens: which scene it shows now, what interrupts it, and who drives it from a phone.

Where the wall stands follows from the clock and from where it was last put, so that every process, and the wall
after a restart, comes to the same scene without anything being written at each turn.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from config.locale import say
from config.wall import Scene, load_wall
from data_access import people, wall
from data_access.alerts import Alert
from data_access.database import now, operations_engine, writing
from data_access.wall import Drive, Operating
from services.access import Viewer, may
from services.alerts import SILENT, open_alerts

Action = Literal["next", "previous", "pause", "resume", "go", "pin"]
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class WallError(Exception):
    """What a phone asked that cannot be done; the message is for the person who asked."""


@dataclass(frozen=True)
class Showing:
    """What a wall shows: the scene, its turn among how many (0: outside them), until when (None: held), what follows.

    `held`: '', `paused`, `pinned`, or `emergency` where an alert has broken in.
    """

    scene: str
    turn: int
    among: int
    until: datetime | None
    following: str
    held: str


@dataclass(frozen=True)
class Standing:
    """The whole state of a wall at a moment."""

    operating: Operating
    showing: Showing
    emergencies: Sequence[Alert]


def operating() -> Operating:
    """Return the operating mode in force; normal before anybody set one."""
    return wall.operating() or Operating("normal", "", "", "", "", BEGINNING)


def emergencies(viewer: Viewer) -> list[Alert]:
    """Return the open alerts of the kinds that interrupt, those nobody has taken first, then the newest."""
    kinds = load_wall().interrupts
    found = [
        a
        for a in open_alerts(viewer)
        if a.severity in kinds.severities and a.rule != SILENT and (not kinds.domains or a.domain in kinds.domains)
    ]
    return sorted(found, key=lambda a: (a.acknowledged_at is not None, -a.changed_at.timestamp(), a.id))


def interrupted_since(found: Sequence[Alert], at: datetime) -> datetime | None:
    """Return since when an alert holds the wall now, None where none does.

    Each breaks in when it opens or grows graver; the newest that nobody has taken comes again and again.
    """
    kinds, untaken = load_wall().interrupts, [a for a in found if a.acknowledged_at is None]
    if not untaken:
        return None
    newest = untaken[0].changed_at
    starts = [a.changed_at for a in untaken] + [newest + (at - newest) // kinds.again * kinds.again]
    return max((s for s in starts if timedelta(0) <= at - s < timedelta(seconds=kinds.seconds)), default=None)


def _walk(rotation: Sequence[Scene], scene: str, since: datetime, at: datetime) -> Showing:
    """Return the scene whose turn it is `at`, having been at `scene` since a moment (perhaps just after `at`)."""
    at = max(at, since)
    ids = [s.id for s in rotation]
    guest = load_wall().scene(scene) if scene not in ids else None
    if guest and at - since < timedelta(seconds=guest.seconds):
        return Showing(scene, 0, len(ids), since + timedelta(seconds=guest.seconds), ids[0], "")
    since += timedelta(seconds=guest.seconds if guest else 0)
    first = ids.index(scene) if scene in ids else 0
    gone = (at - since) % timedelta(seconds=sum(s.seconds for s in rotation))
    for step in range(len(ids)):
        turn = (first + step) % len(ids)
        stays = timedelta(seconds=rotation[turn].seconds)
        if gone < stays:
            return Showing(ids[turn], turn + 1, len(ids), at - gone + stays, ids[(turn + 1) % len(ids)], "")
        gone -= stays
    raise AssertionError("the turns add up to the whole")


def showing(mode: Operating, drive: Drive | None, interruption: datetime | None, at: datetime) -> Showing:
    """Return what a wall shows: what interrupts, else where a phone holds it, else the turn by the clock."""
    rules = load_wall()
    rotation = rules.rotation(mode.mode)
    if drive is None or drive.since < mode.since or rules.scene(drive.scene) is None:
        drive = Drive(rotation[0].id, mode.since, "", "")
    if interruption and interruption > drive.since and drive.held != "pinned":
        until = interruption + timedelta(seconds=rules.interrupts.seconds)
        return Showing(
            rules.emergency().id,
            0,
            len(rotation),
            until,
            _walk(rotation, drive.scene, drive.since, at).scene,
            "emergency",
        )
    ends = drive.since + rules.paused_for
    if drive.held == "pinned" or (drive.held == "paused" and at < ends):
        ids = [s.id for s in rotation]
        turn = ids.index(drive.scene) if drive.scene in ids else -1
        return Showing(drive.scene, turn + 1, len(ids), None, ids[(turn + 1) % len(ids)], drive.held)
    return _walk(rotation, drive.scene, ends if drive.held == "paused" else drive.since, at)


def standing(name: str, viewer: Viewer, at: datetime) -> Standing:
    """Return the state of the wall of an account at a moment."""
    mode, found = operating(), emergencies(viewer)
    return Standing(mode, showing(mode, wall.drive_of(name), interrupted_since(found, at), at), found)


# The phone


def code_of(name: str) -> str:
    """Return the code that a wall shows, a new one where the old one has run out or was used."""
    rules, at = load_wall().code, now()
    if kept := wall.code_of(name, at):
        return kept[0]
    code = f"{secrets.randbelow(1_000_000):06d}"
    wall.keep_code(name, code, at + rules.lasts)
    return code


def pair(viewer: Viewer, code: str, language: str = "vi") -> None:
    """Give a person the wall that shows a code; raise WallError for a wrong one, or too many of them."""
    _must(viewer, "drive_wall", language)
    rules, at, tried = load_wall().code, now(), f"wall:{viewer.user}"[:64]
    with writing(operations_engine()) as connection:
        if people.count_failures(connection, tried, at - rules.locked_for) >= rules.attempts:
            minutes = rules.locked_for // timedelta(minutes=1)
            raise WallError(say("wall.too_many", language, attempts=rules.attempts, minutes=minutes))
        people.insert_failure(connection, tried, at)
    name = wall.wall_of_code("".join(filter(str.isdigit, code)), at)
    if name is None:
        raise WallError(say("wall.wrong_code", language))
    wall.pair(viewer.user, name, at + rules.paired_for)
    with writing(operations_engine()) as connection:
        people.delete_failures(connection, tried)


def paired(viewer: Viewer) -> str | None:
    """Return the wall that a person may drive now."""
    return wall.wall_of(viewer.user, now()) if may(viewer, "drive_wall") else None


def let_go(viewer: Viewer) -> None:
    """Give the wall back."""
    wall.unpair(viewer.user)


def steer(viewer: Viewer, action: Action, scene: str = "", language: str = "vi") -> None:
    """Drive the wall that a person holds; `scene` for `go` and `pin`. Raise WallError where it is not theirs."""
    _must(viewer, "drive_wall", language)
    name = paired(viewer)
    if name is None:
        raise WallError(say("wall.not_paired", language))
    at = now()
    seen = standing(name, viewer, at)
    ids, here = [s.id for s in load_wall().rotation(seen.operating.mode)], seen.showing.scene
    held = seen.showing.held if seen.showing.held in ("paused", "pinned") else ""
    turn = ids.index(here) if here in ids else ids.index(seen.showing.following)
    match action:
        case "next":
            wall.put(name, ids[(turn + 1) % len(ids)] if here in ids else ids[turn], held, viewer.user)
        case "previous":
            wall.put(name, ids[turn - 1], held, viewer.user)
        case "pause" | "resume":
            wall.put(name, here, "paused" if action == "pause" else "", viewer.user)
        case "go" | "pin":
            if load_wall().scene(scene or here) is None:
                raise WallError(say("wall.no_scene", language, scene=scene))
            wall.put(name, scene or here, "pinned" if action == "pin" else held, viewer.user)


def operate(viewer: Viewer, mode: str, what: str = "", place: str = "", holder: str = "", language: str = "vi") -> None:
    """Set the operating mode; an emergency must say what it is. Raise WallError where that is missing."""
    _must(viewer, "set_mode", language)
    if mode == "emergency" and not what.strip():
        raise WallError(say("wall.say_what", language))
    wall.operate(mode, what.strip(), place.strip(), holder.strip(), viewer.user)


def _must(viewer: Viewer, permission: str, language: str) -> None:
    decision = may(viewer, permission)
    if not decision:
        raise WallError(decision.reason_en if language == "en" else decision.reason_vi)
