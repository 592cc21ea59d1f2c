"""The speed index (s) of a page from a film of it: how long its picture was, on the whole, not what it became.

Each frame is told by how often each brightness occurs in red, green and blue; a frame is as far as these have come
from the blank page towards the last frame. The index is the time that was missing, added up.
"""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image

SIZE = {"maxWidth": 206, "maxHeight": 412}
"""The pixels of a frame at most: half a phone's, which changes no share of the picture."""


class Frame(NamedTuple):
    """One picture (PNG) of a page and when it was shown (seconds since 1970)."""

    at: float
    png: bytes


def speed_index(frames: Sequence[Frame], began: float) -> float | None:
    """Return the speed index of a film of a page asked for at `began`; None where nothing was ever shown."""
    shown = sorted(frame for frame in frames if frame.at >= began)
    if not shown:
        return None
    tones = np.stack([_tones(frame.png) for frame in shown])
    blank = np.zeros_like(tones[0])
    blank[255::256] = tones[0].sum() / 3
    whole = np.abs(tones[-1] - blank)
    if not whole.sum():
        return None
    done = np.minimum(np.abs(tones - blank), whole).sum(axis=1) / whole.sum()
    moments, missing = [began, *(frame.at for frame in shown)], [1.0, *(1 - done)]
    return float(sum((end - start) * share for (start, end), share in zip(pairwise(moments), missing, strict=False)))


def _tones(png: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return how many pixels there are of each of 256 brightnesses in red, green and blue."""
    with Image.open(BytesIO(png)) as picture:
        return np.array(picture.convert("RGB").histogram(), np.float64)
