"""Intervals cover what they should, stay in bounds, and are the bootstrap's where that is right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.synthetic.crowd import Crowd
from gnn_emotion.trends.cells import user_sums
from gnn_emotion.trends.intervals import linearised_variance, shares, wilson

RUNS = 500


def covered(crowd: Crowd, runs: int = RUNS) -> tuple[float, float]:
    """Return how often the band of a bin holds the share, and how often a naive one does."""
    found, naive = [], []
    for seed in range(runs):
        user, place, anger = crowd.arrays(seed)
        estimate = shares(user_sums(user, place, anger[:, None], crowd.bins, None))
        low, high = estimate.interval()
        found.append(((low <= crowd.share) & (crowd.share <= high)).mean())
        low, high = wilson(estimate.share, np.full_like(low, crowd.posts), 1.96)
        naive.append(((low <= crowd.share) & (crowd.share <= high)).mean())
    return float(np.mean(found)), float(np.mean(naive))


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("sharp", [False, True])
def test_bands_cover_a_known_share(heavy, sharp):
    rate, naive = covered(Crowd(heavy=heavy, sharp=sharp, alike=0.3, bins=4))
    assert 0.93 <= rate <= 0.97
    if heavy:  # what happens when it is forgotten that a user posts often
        assert naive < 0.92


def test_bands_of_small_bins_cover_a_small_share():
    rate, _ = covered(Crowd(share=0.05, posts=20, bins=12, users=20, sharp=True), runs=200)
    assert 0.93 <= rate <= 0.985  # counts of 0, 1, 2 posts cannot do better than that


def test_a_thousand_users_need_no_correction():
    """Variance is that of the cluster bootstrap, and the band as wide as its percentiles."""
    rng = np.random.default_rng(0)
    user = rng.choice(1000, 4000)
    values = rng.beta(2, 5, 1000)[user] * rng.random(4000)
    sums = user_sums(user, np.zeros(4000, np.int64), values[:, None], 1, None)
    count, total = np.bincount(user), np.bincount(user, values)
    times = rng.multinomial(1000, np.full(1000, 1e-3), size=4000)
    drawn = (times @ total) / (times @ count)
    found = shares(sums)
    assert found.share[0, 0] == pytest.approx(values.mean())
    own = np.sqrt(linearised_variance(sums, found.share)[0, 0])
    assert own == pytest.approx(drawn.std(), rel=0.04)
    low, high = found.interval()
    assert high[0, 0] - low[0, 0] == pytest.approx(np.diff(np.quantile(drawn, [0.025, 0.975]))[0],
                                                   rel=0.06)  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.integers(0, 3),
            st.sampled_from([0.0, 1.0, 1e-30, 0.5]) | st.floats(0, 1, width=32),
        ),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from([None, 1, 2.5]),
)
def test_no_posts_make_nonsense(posts, cap):
    user, cell, value = (np.array(column) for column in zip(*posts, strict=True))
    sums = user_sums(user, cell, value[:, None].astype(float), 4, cap)
    found = shares(sums)
    low, high = found.interval()
    empty = np.bincount(cell, minlength=4) == 0
    assert np.isnan(low[empty]).all() and np.isnan(found.share[empty]).all()
    low, high, share = low[~empty], high[~empty], found.share[~empty]
    assert (low >= 0).all() and (low <= share).all() and (share <= high).all()
    assert (high <= 1).all() and (high - low > 0.01).all()


def test_one_user_is_one_user():
    user = np.zeros(500, np.int64)
    sums = user_sums(user, user, np.ones((500, 1)), 1, None)
    low, high = shares(sums).interval()
    assert low[0, 0] < 0.3 and high[0, 0] == 1


def test_bins_learn_from_each_other():
    """Ten posts that all agree say less where users are known to repeat themselves."""
    rng = np.random.default_rng(1)

    def width(alike: bool) -> float:
        user = np.repeat(np.arange(400), 5)
        leaning = rng.random(400) < 0.5
        value = (leaning[user] if alike else rng.random(2000) < 0.5).astype(float)
        user, cell = np.append(user, [0] * 10), np.append(user * 0, [1] * 10)
        sums = user_sums(user, cell, np.append(value, [1.0] * 10)[:, None], 2, None)
        low, high = shares(sums).interval()
        return high[1, 0] - low[1, 0]

    assert width(alike=False) < 0.4 < 0.6 < width(alike=True)


def test_a_level_that_is_none():
    sums = user_sums(np.array([0]), np.array([0]), np.array([[0.5]]), 1, None)
    with pytest.raises(GnnEmotionError, match=r"level is 95; expected between 0 and 1"):
        shares(sums).interval(95)
