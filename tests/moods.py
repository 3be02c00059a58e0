"""A dump in which only the pictures tell how people feel: red is angry, blue is glad."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

LABELS = ("anger", "joy")
_WORDS = ("今天", "下午", "图书馆", "地铁", "路上", "看到", "拍", "一张", "分享", "记录")
_FIRST = 5_051_246_142_806_981


def write_moods(folder: Path, labelled: int = 160) -> Path:
    """Write posts whose words are drawn without regard to their label.

    Args:
        folder: made when it is not there.
        labelled: posts with a picture and a label; every third has an answer without either, and
            every sixth a neighbour without either.

    Returns:
        The folder.
    """
    rng, pixels = random.Random(0), np.random.default_rng(0)
    (folder / "media").mkdir(parents=True)
    rows: list[dict[str, object]] = []
    for i in range(labelled):
        label = LABELS[rng.randrange(2)]
        name = f"media/{i}.png"
        _noise(pixels, label).save(folder / name)
        rows.append(_row(rng, len(rows), pics=[name], label=label, label_set="ekman7"))
        root = rows[-1]["mid"]
        if i % 3 == 0:
            rows.append(_row(rng, len(rows), kind="comment", parent_id=root, root_id=root))
        if i % 6 == 0:
            rows.append(_row(rng, len(rows)))
    return write_rows(folder, rows)


def write_rows(folder: Path, rows: list[dict[str, object]]) -> Path:
    """Write posts as a crawler would; return the folder."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    (folder / "posts.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def without_pictures(dump: Path, folder: Path, taken: Callable[[int], bool]) -> Path:
    """Write the posts of a dump again, without the pictures of some rows.

    Args:
        dump: what ``write_moods`` wrote.
        folder: for the copy.
        taken: row -> whether its picture is taken away.
    """
    folder.mkdir()
    shutil.copytree(dump / "media", folder / "media", copy_function=os.link)
    rows = read_rows(dump)
    return write_rows(
        folder, [row | {"pics": []} if taken(i) else row for i, row in enumerate(rows)]
    )


def read_rows(dump: Path) -> list[dict[str, object]]:
    """Read the posts of a dump back."""
    return [json.loads(line) for line in (dump / "posts.jsonl").read_text("utf-8").splitlines()]


def _row(rng: random.Random, at: int, **more: object) -> dict[str, object]:
    return {
        "mid": str(_FIRST + 977 * at),
        "user_id": str(9_900_000_000 + rng.randrange(60)),
        "created_at": f"2024-07-{1 + at // 240:02d} {at // 10 % 24:02d}:{at % 10 * 6:02d}:00",
        "text": "".join(rng.choices(_WORDS, k=5)),
        "kind": "original",
        "parent_id": None,
        "root_id": None,
        "pics": [],
        "video_url": None,
        "label": None,
        "label_set": None,
        **more,
    }


def _noise(rng: np.random.Generator, label: str) -> Image.Image:
    grey = rng.integers(0, 200, (24, 24, 1), dtype=np.uint8).repeat(3, axis=2)
    grey[..., 2 * LABELS.index(label)] += 55
    return Image.fromarray(grey)
