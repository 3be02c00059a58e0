"""The list of media without features, and the limit on them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.store.media_problems import (
    PROBLEMS,
    NotTried,
    check_errors,
    media_problems,
)
from gnn_emotion.schema.errors import DumpError
from gnn_emotion.schema.features import CORRUPT, MISSING, SKIPPED

MEDIA = pa.table(
    {
        "media_id": ["a", "b", "c", "d", "e"],
        "path": ["/p/a.jpg", None, "/p/c.jpg", "/p/d.jpg", None],
        "url": [None, "https://x/b.jpg", None, None, None],
    }
)
REFUSED = [
    Unreadable(CORRUPT, "no picture \ud800"),
    NotTried(MISSING, "only its address is known"),
    None,
    Unreadable(SKIPPED, "its path has '..' in it"),
    Unreadable(MISSING, "gone"),
]


def test_every_row_without_features_is_listed_in_order():
    found = media_problems(MEDIA, REFUSED)
    assert found.schema == PROBLEMS
    assert found["media_id"].to_pylist() == ["a", "b", "d", "e"]
    assert found["status"].to_pylist() == ["corrupt", "missing", "skipped", "missing"]
    assert found["reason"][0].as_py() == "no picture ?"
    assert found["error"].to_pylist() == [True, False, True, True]
    assert found["url"].to_pylist() == [None, "https://x/b.jpg", None, None]


def test_none():
    assert media_problems(MEDIA, [None] * 5).num_rows == 0
    assert media_problems(MEDIA.slice(0, 0), []).num_rows == 0


def test_the_limit_counts_errors_among_the_files_that_were_there():
    problems = media_problems(MEDIA, REFUSED)
    check_errors("image", problems, 4, 0.75)
    check_errors("image", problems, 4, 1.0)
    with pytest.raises(DumpError) as caught:
        check_errors("image", problems, 4, 0.74)
    assert str(caught.value) == (
        "image: 3 of 4 files gave no features (75.0%, expected at most 74.0%): "
        "1 missing, 1 corrupt, 1 skipped; first: /p/a.jpg (corrupt: no picture ?); "
        "/p/d.jpg (skipped: its path has '..' in it); e (missing: gone); "
        "repair them, or allow a larger share of errors"
    )


def test_no_errors_are_never_too_many():
    check_errors("image", media_problems(MEDIA, [None, REFUSED[1], None, None, None]), 0, 0.0)
