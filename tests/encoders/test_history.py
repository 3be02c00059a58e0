"""The history of an author: earlier posts alone, whatever order they come in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.history import encode_history, history_spec
from gnn_emotion.schema.features import MISSING, OK, EncoderSpec, Features

SPEC = EncoderSpec("fake", "1", 2)
DAY = 86_400


def features(x: list[tuple[float, float]], present: list[bool] | None = None) -> Features:
    rows = np.array(x, dtype=np.float32).reshape(-1, 2)
    there = np.ones(len(x), dtype=bool) if present is None else np.array(present)
    ids = pa.array([f"p{i}" for i in range(len(x))])
    return Features(ids, rows, there, np.where(there, OK, MISSING).astype(np.uint8), SPEC)


def dump_of(make_dump, rows, registered=None):
    """Make a Dump of (user or None, time or None); synthetic."""
    posts = [
        {"post_id": f"p{i}", "user_id": user, "created_at": time}
        for i, (user, time) in enumerate(rows)
    ]
    users = sorted({user for user, _ in rows if user})
    return make_dump(
        posts=posts, users=[{"user_id": user, "registered_at": registered} for user in users]
    )


def test_by_hand(make_dump):
    rows = [("a", 10 * DAY), ("a", 0), ("b", 5), ("a", 10 * DAY), ("a", 10 * DAY + 1), (None, 3)]
    text = features([(1, 0), (4, 2), (9, 9), (3, 0), (7, 7), (5, 5)])
    found = encode_history(dump_of(make_dump, rows), text)
    assert found.spec == history_spec(SPEC) and found.x.shape == (6, 6)
    assert found.present.tolist() == [True, False, False, True, True, False]
    assert found.x[0, :2].tolist() == [4, 2]  # not the post of the same second
    assert found.x[4, :2] == pytest.approx([8 / 3, 2 / 3])
    assert found.x[0, 2:4] == pytest.approx([np.log10(2) / 4, np.log10(11) / 4])
    assert not found.x[~found.present].any()
    assert (found.status == np.where(found.present, OK, MISSING)).all()


def test_wordless_posts_count_but_say_nothing(make_dump):
    rows = [("a", 1), ("a", 2), ("a", 3)]
    found = encode_history(
        dump_of(make_dump, rows), features([(2, 2), (0, 0), (1, 1)], [True, False, True])
    )
    assert found.x[2, :2].tolist() == [2, 2]
    assert found.x[2, 2] == pytest.approx(np.log10(3) / 4)


def test_age_of_the_account(make_dump):
    rows = [("a", 100 * DAY), ("a", 101 * DAY)]
    text = features([(1, 1), (1, 1)])
    known = encode_history(dump_of(make_dump, rows, registered=DAY), text)
    assert known.x[1, 4:] == pytest.approx([np.log10(101) / 4, 1])
    assert encode_history(dump_of(make_dump, rows), text).x[1, 4:].tolist() == [0, 0]


def test_an_empty_dump(make_dump):
    assert encode_history(make_dump(), features([])).x.shape == (0, 6)


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.one_of(st.none(), st.integers(0, 6))),
        min_size=1,
        max_size=10,
    ),
    now=st.integers(0, 6),
)
def test_the_future_changes_nothing(make_dump, rows, now):
    """What is written at or after a moment does not change the history of posts before it."""
    text = np.arange(2 * len(rows), dtype=np.float32).reshape(-1, 2)
    changed = np.array([time is None or time >= now for _, time in rows])
    other = np.where(changed[:, None], -5 * text - 3, text)
    dump = dump_of(make_dump, rows)
    before = encode_history(dump, features(text.tolist()))
    after = encode_history(dump, features(other.tolist()))
    past = [time is not None and time <= now for _, time in rows]
    assert np.array_equal(before.x[past], after.x[past])


def test_over_features_from_a_file_another_file_may_follow():
    first, second = (EncoderSpec("file", revision, 2, {"columns": "c"}) for revision in "ab")
    assert history_spec(first) == history_spec(second)
    assert history_spec(EncoderSpec("t", "a", 2)) != history_spec(EncoderSpec("t", "b", 2))
