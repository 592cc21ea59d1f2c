"""Looks at every frame that the browser paints: blank ones, and cells that change and change back."""

import base64
import io
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import CDPSession

WIDE, HIGH = 960, 540
COLUMNS, ROWS = 16, 9
BODY = slice(1, 8)
"""Rows of cells that hold the scene; the first holds the clock, the last the countdown."""
BLANK, CHANGED, SAME = 2.5, 2.0, 0.8
"""Levels of grey: the spread of a blank scene, the mean difference of a cell that changed, and of one that did not."""


@dataclass
class Frames:
    """What was seen of the frames so far; `excused` while the page is being loaded anew."""

    session: CDPSession
    seen: int = 0
    excused: bool = False
    blank: int = 0
    blank_excused: int = 0
    flickers: int = 0
    kept: list[tuple[str, bytes]] = field(default_factory=list)
    waiting: deque[dict[str, Any]] = field(default_factory=deque)
    last: deque[np.ndarray] = field(default_factory=lambda: deque(maxlen=3))
    pictures: deque[bytes] = field(default_factory=lambda: deque(maxlen=3))

    def start(self) -> None:
        """Have the browser send every frame."""
        self.session.on("Page.screencastFrame", lambda frame: self.waiting.append(frame))
        self.session.send(
            "Page.startScreencast", {"format": "jpeg", "quality": 70, "maxWidth": WIDE, "maxHeight": HIGH}
        )

    def look(self) -> None:
        """Judge the frames that came since the last look."""
        while self.waiting:
            frame = self.waiting.popleft()
            self.session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})
            self._judge(base64.b64decode(frame["data"]))

    def _judge(self, picture: bytes) -> None:
        image = Image.open(io.BytesIO(picture)).convert("L").resize((WIDE, HIGH))
        grey = np.asarray(image, dtype=np.float32)
        self.seen += 1
        body = grey[HIGH // ROWS : HIGH - HIGH // ROWS]
        if float(body.std()) < BLANK:
            if self.excused:
                self.blank_excused += 1
            else:
                self.blank += 1
                self._keep("blank", picture)
        self.last.append(_cells(grey))
        self.pictures.append(picture)
        if len(self.last) == 3 and not self.excused and (back := self._changed_back()):
            self.flickers += back
            for name, one in zip("abc", self.pictures, strict=True):
                self._keep(f"flicker_{name}", one)

    def _changed_back(self) -> int:
        """Return how many cells of the scene were otherwise in the middle one of three frames."""
        a, b, c = (cells[BODY] for cells in self.last)
        axes = (-2, -1)
        there, back = np.abs(b - a).mean(axis=axes), np.abs(b - c).mean(axis=axes)
        return int(((there > CHANGED) & (back > CHANGED) & (np.abs(a - c).mean(axis=axes) < SAME)).sum())

    def _keep(self, what: str, picture: bytes) -> None:
        if len(self.kept) < 60:
            self.kept.append((f"{what}_{self.seen}", picture))


def _cells(grey: np.ndarray) -> np.ndarray:
    high, wide = HIGH // ROWS, WIDE // COLUMNS
    return grey.reshape(ROWS, high, COLUMNS, wide).swapaxes(1, 2)
