"""The sixty pictures: which scene is about what, and how it becomes a small JPEG file."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image

from gnn_emotion.synthetic import scenes, scenes_quiet


@dataclass(frozen=True)
class Scene:
    """A kind of picture.

    Attributes:
        name: first part of the file name.
        event: what it is about.
        emotion: what its colours and its subject say.
        draw: makes one, of size 240 x 180.
        count: how many different ones the sample has.
    """

    name: str
    event: str
    emotion: str
    draw: Callable[[Random], Image.Image]
    count: int


SCENES = (
    Scene("street", "flood", "fear", scenes.flooded_street, 6),
    Scene("lightning", "flood", "fear", scenes.lightning, 4),
    Scene("candles", "flood", "sadness", scenes.candles, 5),
    Scene("home", "flood", "sadness", scenes.ruined_home, 5),
    Scene("boat", "flood", "joy", scenes.rescue_boat, 4),
    Scene("sunrise", "flood", "joy", scenes.sunrise, 5),
    Scene("drain", "flood", "anger", scenes.broken_drain, 5),
    Scene("trash", "flood", "disgust", scenes.trash_heap, 4),
    Scene("gauge", "flood", "neutral", scenes.water_gauge, 3),
    Scene("stage", "concert", "joy", scenes.stage, 5),
    Scene("fireworks", "concert", "surprise", scenes.fireworks, 3),
    Scene("hall", "concert", "sadness", scenes_quiet.empty_hall, 2),
    Scene("ticket", "concert", "anger", scenes_quiet.sold_out, 2),
    Scene("coffee", "daily", "neutral", scenes.coffee, 3),
    Scene("cat", "daily", "joy", scenes.cat, 2),
    Scene("window", "daily", "sadness", scenes_quiet.rainy_window, 2),
)


@dataclass(frozen=True)
class Medium:
    """A picture or a clip that posts can carry.

    Attributes:
        path: relative to the sample's folder.
        event: what it is about.
        emotion: what it says.
    """

    path: str
    event: str
    emotion: str


def list_pictures() -> list[Medium]:
    """Return what pictures there are, in the order of ``SCENES``."""
    return [
        Medium(f"media/{s.name}_{i + 1}.jpg", s.event, s.emotion)
        for s in SCENES
        for i in range(s.count)
    ]


def draw_pictures(seed: int) -> dict[str, bytes]:
    """Draw all pictures; the same seed gives the same bytes.

    Returns:
        path -> JPEG file, below 12 KB each.
    """
    files = {}
    for scene in SCENES:
        for i in range(scene.count):
            path = f"media/{scene.name}_{i + 1}.jpg"
            files[path] = _jpeg(scene.draw(Random(f"{seed}:{path}")))
    return files


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=78, optimize=True)
    return buffer.getvalue()
