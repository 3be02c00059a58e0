"""The crowd is what it says: its share, who writes how much, how alike a user's posts are."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.synthetic.crowd import Crowd


@pytest.mark.parametrize("sharp", [False, True])
def test_share_and_likeness(sharp):
    crowd = Crowd(share=0.3, posts=40_000, bins=1, users=4000, alike=0.25, sharp=sharp)
    user, _, anger = crowd.arrays(0)
    assert anger.mean() == pytest.approx(0.3, abs=0.02)
    assert set(np.unique(anger)) == {0, 1} if sharp else ((anger > 0.05) & (anger < 0.95)).any()
    order = np.lexsort((np.random.default_rng(0).random(len(user)), user))
    same = np.flatnonzero(user[order][1:] == user[order][:-1])
    pair = np.corrcoef(anger[order][same], anger[order][same + 1])[0, 1]
    # Probabilities spread less than labels, and what a user leans to is more of their spread.
    assert 0.2 < pair < 0.3 if sharp else 0.4 < pair < 0.7


def test_a_tenth_writes_half():
    user, _, _ = Crowd(posts=20_000, bins=1, users=200).arrays(0)
    assert (user < 20).mean() == pytest.approx(0.5, abs=0.02)
    user, _, _ = Crowd(posts=20_000, bins=1, users=200, heavy=False).arrays(0)
    assert (user < 20).mean() == pytest.approx(0.1, abs=0.02)


def test_a_step_is_where_it_was_asked_for():
    frame = Crowd(bins=4, posts=2000).draw(1, shift=0.2, from_bin=2)
    levels = frame.groupby(frame.created_at.dt.floor("1h")).prob_anger.mean().to_numpy()
    assert len(levels) == 4 and levels[2:].min() - levels[:2].max() > 0.12
    assert frame.post_id.is_unique and frame.equals(Crowd(bins=4, posts=2000).draw(1, 0.2, 2))
