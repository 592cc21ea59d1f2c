"""The wall of screens as a file: which scenes it shows, in which mode, for how long, and what may interrupt."""

from datetime import time
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.declarations import RegistryError, read
from config.models import Declared, Duration, Severity, Slug, Text
from config.registry import Registry, load_registry
from config.settings import CONFIG

Mode = Literal["normal", "emergency", "meeting"]
MODES: tuple[Mode, ...] = ("normal", "emergency", "meeting")


class Panel(Declared):
    """One drawing beside the figures: an indicator over time, ranked by a dimension, or by commune.

    `edges`: the four bounds between the five classes of communes; `title` stands for the finding.
    """

    draw: Literal["trend", "ranked", "communes"]
    of: Slug
    by: Slug = "place"
    last: int = Field(24, ge=2)
    count: int = Field(10, ge=2, le=14)
    grain: str | None = None
    where: dict[str, str] | None = None
    edges: tuple[float, ...] = ()
    title: Text | None = None

    @model_validator(mode="after")
    def _communes_have_edges(self) -> "Panel":
        if self.draw == "communes" and len(self.edges) != 4:
            raise ValueError("bản đồ xã cần đúng bốn ngưỡng trong edges")
        return self


class _Scene(Declared):
    """What all scenes share; `seconds` is how long one stays in the rotation of its `modes`."""

    id: Slug
    name: Text
    seconds: int = Field(20, ge=5)
    modes: tuple[Mode, ...] = ("normal",)


class Overview(_Scene):
    """The thirteen fields, with the map of what is hot."""

    kind: Literal["overview"]


class DomainScene(_Scene):
    """One field: its figures and drawings; the second drawing shows where the wall is wide."""

    kind: Literal["domain"]
    domain: Slug
    figures: tuple[Slug, ...] = Field(min_length=1, max_length=4)
    panels: tuple[Panel, ...] = Field(min_length=1, max_length=2)


class MapScene(_Scene):
    """The vessels at sea and the stations of the named indicators."""

    kind: Literal["map"]
    vessels: bool = True
    stations: tuple[Slug, ...] = ()


class AlertsScene(_Scene):
    """The open alerts, and how every feed keeps its promise."""

    kind: Literal["alerts"]


class MeetingScene(_Scene):
    """Date, clock and what the meeting looks at: quiet."""

    kind: Literal["meeting"]
    figures: tuple[Slug, ...] = Field((), max_length=4)


class EmergencyScene(_Scene):
    """The gravest matter: what, where, since when, who has it."""

    kind: Literal["emergency"]


Scene = Annotated[
    Overview | DomainScene | MapScene | AlertsScene | MeetingScene | EmergencyScene, Field(discriminator="kind")
]


class Code(Declared):
    """The code that pairs a phone with the wall: how long it holds, how many wrong ones are borne in that time."""

    lasts: Duration
    attempts: int = Field(ge=1)
    locked_for: Duration
    paired_for: Duration


class Interrupt(Declared):
    """Which alerts break into the rotation, for how long, and how often again while nobody has taken them.

    `domains` empty: of every field.
    """

    severities: tuple[Severity, ...]
    domains: tuple[Slug, ...] = ()
    seconds: int = Field(ge=5)
    again: Duration


class Wall(Declared):
    """All that `wall.yaml` says. `beat_seconds`: how often the wall asks the server; `reload_at`: local time."""

    beat_seconds: int = Field(ge=1, le=10)
    refresh_seconds: int = Field(ge=1)
    reload_at: time
    paused_for: Duration
    code: Code
    interrupts: Interrupt
    scenes: tuple[Scene, ...]

    @model_validator(mode="after")
    def _every_mode_has_a_scene(self) -> "Wall":
        ids = [scene.id for scene in self.scenes]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"cảnh trùng mã: {', '.join(twice)}")
        if empty := [mode for mode in MODES if not self.rotation(mode)]:
            raise ValueError(f"chế độ chưa có cảnh nào: {', '.join(empty)}")
        if not any(scene.kind == "emergency" for scene in self.scenes):
            raise ValueError("cần một cảnh kind: emergency để cảnh báo chen ngang")
        return self

    def rotation(self, mode: str) -> list[Scene]:
        """Return the scenes of a mode in their order."""
        return [scene for scene in self.scenes if mode in scene.modes]

    def scene(self, scene_id: str) -> Scene | None:
        """Return a scene by its id, None where there is none."""
        return next((scene for scene in self.scenes if scene.id == scene_id), None)

    def emergency(self) -> Scene:
        """Return the scene that interrupts."""
        return next(scene for scene in self.scenes if scene.kind == "emergency")


def problems(wall: Wall, registry: Registry) -> list[str]:
    """Return what the scenes name that is not declared, with the remedy."""
    found = []
    for scene in wall.scenes:
        asked = [
            *getattr(scene, "figures", ()),
            *getattr(scene, "stations", ()),
            *(panel.of for panel in getattr(scene, "panels", ())),
        ]
        found += [
            f"config/wall.yaml: cảnh {scene.id}: chỉ tiêu '{i}' không có · sửa mã chỉ tiêu"
            for i in asked
            if i not in registry.indicators
        ]
        if isinstance(scene, DomainScene) and scene.domain not in registry.domains:
            found.append(f"config/wall.yaml: cảnh {scene.id}: lĩnh vực '{scene.domain}' không có · sửa mã lĩnh vực")
    strange = [d for d in wall.interrupts.domains if d not in registry.domains]
    return found + [f"config/wall.yaml: interrupts: lĩnh vực '{d}' không có · sửa mã lĩnh vực" for d in strange]


def read_wall(path: Path = CONFIG / "wall.yaml") -> Wall:
    """Read and check the wall; raise RegistryError that names file, line and remedy."""
    wall: Wall = read(path, Wall)
    if wrong := problems(wall, load_registry()):
        raise RegistryError(wrong)
    return wall


@cache
def load_wall() -> Wall:
    """Return the wall of this installation, read once."""
    return read_wall()
