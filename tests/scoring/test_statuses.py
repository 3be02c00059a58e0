"""The status of a post by modality: one medium that can be read is enough."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gnn_emotion.schema.features import (
    CORRUPT,
    MISSING,
    OK,
    SKIPPED,
    STATUSES,
    EncoderSpec,
    Features,
)
from gnn_emotion.scoring.statuses import post_statuses


def features(ids: list[str], codes: list[int]) -> Features:
    status = np.array(codes, dtype=np.uint8)
    x = np.zeros((len(ids), 1), dtype=np.float32)
    return Features(pa.array(ids, pa.string()), x, status == OK, status, EncoderSpec("t", "1", 1))


def test_of_several_pictures(make_dump):
    carried = {
        "a": ["ok", "bad"],
        "b": ["bad", "big"],
        "c": ["big", "gone"],
        "d": ["gone"],
        "e": [],
        "f": ["unknown"],
    }
    dump = make_dump(
        posts=[{"post_id": post} for post in carried],
        post_media=[
            {"post_id": post, "media_id": medium, "position": i}
            for post, media in carried.items()
            for i, medium in enumerate(media)
        ],
    )
    given = {
        "post": features(list(carried), [OK, OK, MISSING, OK, OK, OK]),
        "user": features([], []),
        "image": features(["ok", "bad", "big", "gone"], [OK, CORRUPT, SKIPPED, MISSING]),
        "sound": features(list(carried), [CORRUPT] * 6),
    }
    found = {
        name: [STATUSES[c] for c in codes] for name, codes in post_statuses(dump, given).items()
    }
    assert list(found) == ["text", "image", "sound"]
    assert found["image"] == ["ok", "corrupt", "skipped", "missing", "missing", "missing"]
    assert found["text"] == ["ok", "ok", "missing", "ok", "ok", "ok"]
    assert found["sound"] == ["corrupt"] * 6
