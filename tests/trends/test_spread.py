"""What follows what, against chance: by hand, where there is spread, and where there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.spread import ShuffleOptions, reproduction, transitions
from gnn_emotion.trends.threads import threads


def forest(rng: np.random.Generator, copy: float, heads: int = 60, mood: float = 0.0):
    """Make threads three deep, whose posts copy their parent, or the mood of the thread."""
    rows = []
    for head in range(heads):
        base = float(rng.random() < 0.5)
        feelings: dict[str, float] = {}
        for n in range(10):
            above = None if n == 0 else f"{head}-{(n - 1) // 3}"
            feeling = float(rng.random() < 0.5)
            if rng.random() < mood:
                feeling = base
            if above is not None and rng.random() < copy:
                feeling = feelings[above]
            name = f"{head}-{n}"
            feelings[name] = feeling
            rows.append((name, above, f"{head}-0", n, feeling))
    frame = pd.DataFrame(rows, columns=["post_id", "parent_id", "root_id", "minute", "prob_anger"])
    frame["created_at"] = pd.Timestamp("2024-03-01", tz="UTC") + pd.to_timedelta(
        frame.minute * 20, unit="min"
    )
    return frame.assign(prob_joy=1 - frame.prob_anger, kind="reply")


def cell(table: pd.DataFrame, parent: str = "anger", child: str = "anger") -> pd.Series:
    return table[(table.parent == parent) & (table.child == child)].iloc[0]


def test_counts_are_products_of_probabilities():
    frame = pd.DataFrame(
        {
            "post_id": ["a", "b", "c", "d"],
            "parent_id": [None, "a", "a", "elsewhere"],
            "prob_joy": [0.75, 1, 0, 1],
            "prob_anger": [0.25, 0, 1, 0],
        }
    )
    table = transitions(frame)
    assert table.pairs.tolist() == [0.75, 0.75, 0.25, 0.25]
    assert table.share.tolist() == [0.5] * 4 and (table.edges == 2).all()
    # Both answer the same post: to shuffle them changes nothing.
    assert (table.p == 1).all() and table.z.isna().all() and table.lift.tolist() == [1.0] * 4


def test_what_spreads_is_found_and_what_does_not_is_not():
    rng = np.random.default_rng(0)
    real = cell(transitions(forest(rng, copy=0.5)))
    assert real.p < 0.01 and real.z > 5 and 1.3 < real.lift < 1.7
    chance = [cell(transitions(forest(rng, 0.0), options=ShuffleOptions(shuffles=99))).p
              for _ in range(40)]  # fmt: skip
    assert np.mean(np.array(chance) < 0.1) < 0.3 and 0.3 < np.mean(chance) < 0.7


def test_the_mood_of_a_thread_is_no_spread_within_it():
    rng = np.random.default_rng(1)
    frame = forest(rng, copy=0.0, mood=0.8)
    assert cell(transitions(frame)).p < 0.01
    assert cell(transitions(frame, options=ShuffleOptions("thread"))).p > 0.02
    both = forest(rng, copy=0.5, mood=0.5)
    assert cell(transitions(both, options=ShuffleOptions("thread"))).p < 0.01


def test_shuffles_are_repeatable_and_of_the_seed():
    frame = forest(np.random.default_rng(2), 0.3, heads=10)
    first, again = transitions(frame), transitions(frame)
    pd.testing.assert_frame_equal(first, again)
    assert not first.by_chance.equals(transitions(frame, options=ShuffleOptions(seed=1)).by_chance)


def test_groups_by_depth_delay_and_kind():
    frame = forest(np.random.default_rng(3), 0.5, heads=8)
    table = transitions(frame, "depth").drop_duplicates("depth")
    assert dict(zip(table.depth, table.edges, strict=True)) == {"1": 24, "2": 48}
    table = transitions(frame, "delay").drop_duplicates("delay")
    # 1 - 0, 2 - 0, 4 - 1 and so on, 20 minutes each
    assert dict(zip(table.delay, table.edges, strict=True)) == {"10 min to 1 h": 16, "1 to 6 h": 56}
    frame.loc[frame.index % 10 == 9, "created_at"] = pd.NaT
    assert transitions(frame, "delay").delay.iloc[-1] == "unknown"
    assert transitions(frame, "kind").kind.unique().tolist() == ["reply"]
    with pytest.raises(GnnEmotionError, match="no groups by 'deph'; did you mean 'depth'"):
        transitions(frame, "deph")


def test_reproduction():
    rng = np.random.default_rng(4)
    table = reproduction(forest(rng, copy=1.0)).set_index("emotion")
    # Whoever copies all passes on all: 9 children of 10 posts.
    assert table.reproduction.to_dict() == pytest.approx({"anger": 0.9, "joy": 0.9}, abs=0.12)
    assert table.by_chance.to_dict() == pytest.approx({"anger": 0.45, "joy": 0.45}, abs=0.12)
    assert (table.p < 0.01).all()
    lonely = forest(rng, 0.0, heads=1).iloc[:1]
    alone = reproduction(lonely)
    assert alone.reproduction.tolist() == [0, 0] and alone.lift.isna().all()


def test_threads_of_damaged_dumps():
    frame = pd.DataFrame({"post_id": list("abcdef"), "parent_id": ["b", "a", "c", None, "d", "e"]})
    found = threads(frame)
    assert found.depth.tolist() == [-1, -1, 0, 0, 1, 2]  # a and b answer each other, c itself
    assert list(zip(found.parent, found.child, strict=True)) == [(1, 0), (0, 1), (3, 4), (4, 5)]
    assert found.thread[3] == found.thread[4] == found.thread[5] != found.thread[2]
    with pytest.raises(GnnEmotionError, match=r"no columns parent_id.*attach"):
        threads(frame[["post_id"]])
    with pytest.raises(GnnEmotionError, match="post 'a' is there twice"):
        threads(pd.concat([frame, frame]))


def test_options_that_cannot_be():
    with pytest.raises(GnnEmotionError, match="no null 'threads'; did you mean 'thread'"):
        ShuffleOptions("threads")
    with pytest.raises(GnnEmotionError, match="0 shuffles"):
        ShuffleOptions(shuffles=0)
