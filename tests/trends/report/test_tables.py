"""What a report tells: steps, totals and posts of what may be shown, and clear words otherwise."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import ContractError, GnnEmotionError
from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.report import write_report
from gnn_emotion.trends.report.tables import report_tables

from .conftest import START

pytest.importorskip("ruptures")
SIX_HOURS = ReportOptions(freq="6h")


@pytest.fixture(scope="module")
def tables(posts):
    return report_tables(posts, SIX_HOURS)


def test_the_step_is_found_and_its_posts_stand_beside_it(tables, posts):
    whole = tables.changes[tables.changes.topic == 0]
    anger = whole[whole.emotion == "anger"]
    assert anger.time.tolist() == [START + pd.Timedelta(48, "h")] and anger.bin.tolist() == [8]
    assert anger["size"].iloc[0] == pytest.approx(0.5, abs=0.03)
    assert (whole.emotion == "").sum() == 1  # valence too
    beside = tables.change_posts[tables.change_posts.change == anger.index[0]]
    assert beside.side.value_counts().to_dict() == {"before": 2, "after": 2}
    near = tables.posts.loc[beside.post]
    assert ((near.created_at - anger.time.iloc[0]).abs() <= pd.Timedelta(6, "h")).all()
    np.testing.assert_allclose(near.prob_anger, beside.prob)


def test_examples_are_sure_worded_and_of_different_users(tables):
    chosen = tables.posts.loc[tables.examples.post]
    assert len(chosen) and not chosen.abstained.any()
    assert (tables.examples.bin == chosen.bin.to_numpy()).all()
    cell = tables.examples.assign(emotion=chosen.emotion.to_numpy(), user=chosen.user_id.to_numpy())
    assert cell.groupby(["topic", "bin", "emotion"]).size().max() == 2
    assert not cell.duplicated(["topic", "bin", "emotion", "user"]).any()


def test_a_full_stop_shows_nothing(posts):
    sure = posts.assign(own_text="。", confidence=1.0, abstained=False)
    assert not len(report_tables(sure, SIX_HOURS).examples)


def test_totals_are_of_the_bins_that_are_shown(tables, posts):
    assert tables.totals.topic.unique().tolist() == [0, 1, 2, 3]
    shown = tables.trend[tables.trend.shown & (tables.trend.emotion == "joy")]
    total = tables.totals[tables.totals.emotion == "joy"].set_index("topic")
    volumes = shown.groupby("topic").volume.sum()
    pd.testing.assert_series_equal(volumes, total.volume, check_names=False, check_dtype=False)
    assert total.loc[0, "share"] == pytest.approx(posts.prob_joy.mean(), abs=1e-6)


def test_what_few_users_wrote_is_nowhere(posts):
    night = START + pd.Timedelta(30, "h")
    few = posts[(posts.created_at < night) | (posts.created_at >= night + pd.Timedelta(6, "h"))]
    alone = posts.head(4).assign(
        post_id=list("wxyz"), own_text="只有我们知道的事", confidence=1.0, abstained=False,
        created_at=night.tz_convert("UTC"),
    )  # fmt: skip
    found = report_tables(pd.concat([few, alone]), SIX_HOURS)
    bin_5 = found.trend[found.trend.start == night]
    assert not bin_5[bin_5.topic == 0].shown.any()
    columns = [name for name in bin_5.columns[3:] if name != "shown"]
    assert bin_5[~bin_5.shown][columns].isna().all(axis=None)
    texts = found.posts.loc[[*found.examples.post, *found.change_posts.post], "own_text"]
    assert len(texts) and not texts.str.contains("只有我们").any()
    assert found.totals.volume.max() == len(few)
    everything = report_tables(pd.concat([few, alone]), ReportOptions(freq="6h", fewest_users=1))
    texts = everything.posts.loc[everything.examples.post, "own_text"]
    assert texts.str.contains("只有我们").any()


def test_keywords_and_pairs_by_stretch(tables):
    words = tables.keywords
    assert {"洪水", "演唱会"} <= set(words[(words.topic == 0) & (words.stretch == -1)].word)
    assert words.stretch.max() == 5
    pairs = tables.pairs
    for _, part in pairs.groupby(["topic", "stretch"]):
        assert part.pairs.sum() == pytest.approx(part.edges.iloc[0], rel=1e-3)
    # p0 answers itself, in a damaged dump: no edge.
    whole = pairs[pairs.topic == 0].drop_duplicates("stretch").edges.sum()
    assert whole == sum(1 for n in range(800) if n % 3 and n // 2 != n)


def test_less_is_known_without_users_texts_topics_and_answers(posts):
    bare = posts.drop(columns=["user_id", "own_text", "topics", "parent_id", "valence"])
    found = report_tables(bare, SIX_HOURS)
    assert not found.known_users and found.keywords is None and found.pairs is None
    assert found.names == () and not len(found.examples)
    assert (found.changes.emotion != "").all() and len(found.changes)


def test_a_period_and_posts_without_time(posts):
    undated = posts.copy()
    undated.loc[:4, "created_at"] = pd.NaT
    options = ReportOptions(freq="6h", period=("2024-07-02", "2024-07-04"))
    found = report_tables(undated, options)
    assert found.undated == 5 and len(found.starts) == 8
    assert len(found.posts) + found.outside + found.undated == len(posts)
    assert found.trend.start.min() == pd.Timestamp("2024-07-02", tz="Asia/Shanghai")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.head(0), "the predictions hold no posts"),
        (lambda frame: frame.head(1), "1 posts of 1 users .* fewer than 5 users"),
        (lambda frame: frame.assign(created_at=pd.NaT), "none of 800 posts has a time"),
        (lambda frame: frame.drop(columns="emotion"), "no columns emotion"),
        (lambda frame: frame[["post_id", "created_at", "emotion", "confidence"]], "prob_<label>"),
        (lambda frame: frame.assign(post_id="1"), "post '1' is there twice"),
        (lambda frame: frame.assign(emotion="wrath"), "no probabilities of emotion 'wrath'"),
    ],
)
def test_what_cannot_be(posts, change, said):
    with pytest.raises(GnnEmotionError, match=said):
        report_tables(change(posts), SIX_HOURS)


def test_bins_that_are_all_too_small(posts):
    few = posts.iloc[::60]
    with pytest.raises(GnnEmotionError, match="none of 377 bins of 15min has 5 users"):
        report_tables(few, ReportOptions(freq="15min"))


def test_a_period_without_posts_says_when_they_were_written(posts):
    later = ReportOptions(period=("2030-01-01", "2030-01-09"))
    with pytest.raises(GnnEmotionError, match=r"no post .* the 800 posts are from 2024-07-01 00:"):
        report_tables(posts, later)


@pytest.mark.parametrize("module", ["plotly.offline", "ruptures"])
def test_without_an_extra_it_says_what_to_install(posts, monkeypatch, tmp_path, module):
    pytest.importorskip("plotly")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ContractError, match=r"pip install 'gnn-emotion\[report\]'"):
        write_report(posts, tmp_path / "r.html")
    assert not list(tmp_path.iterdir())
