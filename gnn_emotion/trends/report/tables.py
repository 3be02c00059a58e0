"""All that a report tells, as tables: made by the functions of this room, small cells taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError, closest
from gnn_emotion.schema.tables import Dump
from gnn_emotion.trends.breakdown import ALL as TOTAL
from gnn_emotion.trends.breakdown import breakdown
from gnn_emotion.trends.changes import change_points
from gnn_emotion.trends.columns import emotions_of, need, need_once, users_of
from gnn_emotion.trends.coverage import coverage
from gnn_emotion.trends.emotion_trends import emotion_trends
from gnn_emotion.trends.report.examples import change_examples, examples
from gnn_emotion.trends.report.masking import well_formed
from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.stretches import stretch_keywords, stretch_pairs, stretches_of
from gnn_emotion.trends.report.topics import ALL, Bools, Topics, counted, find_topics, hidden_bins
from gnn_emotion.trends.series import one_a_bin
from gnn_emotion.trends.suppression import emptied

#: Change points in a page, the largest ones.
MOST_CHANGES = 200


@dataclass(frozen=True)
class ReportTables:
    """What a report tells. Topic 0 is all posts; a topic without a name is all other posts.

    Attributes:
        posts: those of the period, in the order of time, ``[N]``.
        starts: of the bins ``[B]``.
        freq: their width.
        names: of the topics from 1 on.
        trend: of ``emotion_trends``, by ``topic``, with ``shown``.
        totals: of ``breakdown``, by ``topic``, over all bins that are shown; topics without any
            are missing.
        changes: of ``change_points``, by ``topic``; ``emotion`` is empty for steps of valence;
            ``bin``, the first of the new level.
        change_posts: see ``change_examples``.
        examples: ``topic, bin, post``.
        keywords: ``topic, stretch, word``; None where posts have no texts.
        pairs: see ``stretch_pairs``; None where nobody knows who answered whom.
        coverage: of ``coverage``, a row; None without a dump.
        undated: posts without a time, which are in no chart.
        outside: posts outside the period.
        known_users: whether it is known who wrote the posts; if not, each counts as a user.
        changes_left_out: change points beyond the largest.
    """

    posts: pd.DataFrame
    starts: pd.DatetimeIndex
    freq: str
    names: tuple[str | None, ...]
    trend: pd.DataFrame
    totals: pd.DataFrame
    changes: pd.DataFrame
    change_posts: pd.DataFrame
    examples: pd.DataFrame
    keywords: pd.DataFrame | None
    pairs: pd.DataFrame | None
    coverage: pd.DataFrame | None
    undated: int
    outside: int
    known_users: bool
    changes_left_out: int


def report_tables(
    predictions: pd.DataFrame, options: ReportOptions, dump: Dump | None = None
) -> ReportTables:
    """Compute what a report tells.

    Args:
        predictions: as ``score`` writes them, a row a post; what more of ``attach`` is there makes
            more of the page: ``user_id``, ``own_text``, ``topics`` (or ``topic``), ``parent_id``.
        options: how.
        dump: what was scored, for the coverage.

    Raises:
        GnnEmotionError: columns are missing, there is nothing to show, or options that cannot be.
        ContractError: ruptures is not installed.
    """
    _check_posts(predictions)
    options = options.fitted(predictions["created_at"])
    place, starts = options.bins(predictions["created_at"])
    posts = _prepared(predictions, place)
    if not len(posts):
        times = pd.to_datetime(predictions["created_at"], utc=True).dt.tz_convert(options.tz)
        raise GnnEmotionError(
            f"no post is in the period; the {len(times):,} posts are from "
            f"{times.min():%Y-%m-%d %H:%M} to {times.max():%Y-%m-%d %H:%M} ({options.tz})"
        )
    _check_users(posts, options)
    topics = find_topics(posts, options)
    trend = _trend(posts, topics, starts, options)
    shown = _shown(trend, len(starts))
    rows = _told(posts, topics, shown)
    totals = _totals(posts, topics, rows, options)
    changes = _changes(trend, starts)
    largest = changes.head(MOST_CHANGES).sort_values(["topic", "bin"], kind="stable")
    largest = largest.reset_index(drop=True)
    known = {name for name in ("user_id", "own_text", "parent_id") if name in predictions}
    fewest, undated = options.fewest_users, int(predictions["created_at"].isna().sum())
    return ReportTables(
        posts=posts,
        starts=starts,
        freq=str(options.freq),
        names=topics.names,
        trend=trend,
        totals=totals,
        changes=largest,
        change_posts=change_examples(posts, rows, largest, trend, options.examples),
        examples=examples(posts, rows, options.examples),
        keywords=stretch_keywords(posts, rows, fewest) if "own_text" in known else None,
        pairs=stretch_pairs(posts, rows, fewest) if "parent_id" in known else None,
        coverage=None if dump is None else coverage(predictions, dump),
        undated=undated,
        outside=len(predictions) - len(posts) - undated,
        known_users="user_id" in known,
        changes_left_out=max(0, len(changes) - MOST_CHANGES),
    )


def _check_posts(predictions: pd.DataFrame) -> None:
    columns = ["post_id", "created_at", "emotion", "confidence"]
    need(predictions, columns, "expected the table that `gnn-emotion score` writes")
    if not len(predictions):
        raise GnnEmotionError("the predictions hold no posts; expected a row a post")
    stray = ~predictions["emotion"].isin(labels := emotions_of(predictions))
    if stray.any():
        one = predictions["emotion"][stray].iloc[0]
        raise GnnEmotionError(f"no probabilities of emotion {one!r}; {closest(str(one), labels)}")
    need_once(predictions)


def _prepared(predictions: pd.DataFrame, place: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Return the posts that are in a bin, in the order of time, with their place and bin."""
    times = pd.to_datetime(predictions["created_at"], utc=True)
    posts = predictions.assign(bin=place, created_at=times)[place >= 0]
    if "user_id" not in posts:
        posts["user_id"] = pd.Series(None, index=posts.index, dtype=object)
    posts["own_text"] = posts["own_text"].map(well_formed) if "own_text" in posts else ""
    posts = posts.sort_values(["created_at", "post_id"], kind="stable").reset_index(drop=True)
    return posts.assign(post=np.arange(len(posts)))


def _check_users(posts: pd.DataFrame, options: ReportOptions) -> None:
    users = len(np.unique(users_of(posts)))
    if users < options.fewest_users:
        raise GnnEmotionError(
            f"{len(posts):,} posts of {users:,} users in the period; a report shows nothing of "
            f"fewer than {options.fewest_users} users (fewest_users, --fewest-users)"
        )


def _totals(
    posts: pd.DataFrame, topics: Topics, rows: pd.DataFrame, options: ReportOptions
) -> pd.DataFrame:
    """Return the shares of each topic over all bins that are shown, those of all posts first."""
    fewest, most = options.fewest_users, options.max_per_user
    inside = counted(posts).iloc[rows.loc[rows["topic"] == ALL, "post"].to_numpy()]
    every = breakdown(inside, [], fewest, most)
    total = every.head(len(every) // 2).assign(topic=ALL)
    number = rows.loc[rows["topic"] != ALL, "number"].to_numpy()
    if not len(number):
        return total
    groups = breakdown(topics.rows.iloc[number], ["topic"], fewest, most)
    groups = groups[groups["topic"] != TOTAL].astype({"topic": int})
    return pd.concat([total, groups.sort_values("topic", kind="stable")], ignore_index=True)


def _trend(
    posts: pd.DataFrame, topics: Topics, starts: pd.DatetimeIndex, options: ReportOptions
) -> pd.DataFrame:
    """Return the trend of all posts and of each topic, with small cells taken out."""

    def estimated(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
        return emotion_trends(
            rows, by, str(options.freq), tz=options.tz, period=options.period,
            max_per_user=options.max_per_user,
        )  # fmt: skip

    tables = [estimated(posts, [])]
    tables[0].insert(0, "topic", ALL)
    if topics.names:
        parts = estimated(topics.rows, ["topic"]).astype({"topic": int})
        tables.append(parts.sort_values("topic", kind="stable"))
    trend = pd.concat(tables, ignore_index=True)
    users = one_a_bin(trend)["users"].to_numpy(np.int64).reshape(-1, len(starts))
    hidden = hidden_bins(users, options.fewest_users)
    if not (users > 0)[~hidden].any():
        raise GnnEmotionError(
            f"none of {len(starts):,} bins of {options.freq} has {options.fewest_users} users, and "
            "what fewer wrote is not shown; choose wider bins (freq, --freq), or a smaller number "
            "(fewest_users, --fewest-users)"
        )
    return emptied(trend, hidden.ravel().repeat(len(emotions_of(posts))))


def _told(posts: pd.DataFrame, topics: Topics, shown: Bools) -> pd.DataFrame:
    """Return ``topic, bin, stretch, post, number`` of the posts in bins that are shown.

    The number is the row among those of the topics, -1 for topic ``ALL``.
    """
    place = posts["bin"].to_numpy()
    every = pd.DataFrame({"topic": ALL, "post": np.arange(len(posts)), "number": -1})
    of_topics = topics.rows[["topic", "post"]].assign(number=np.arange(len(topics.rows)))
    rows = pd.concat([every, of_topics], ignore_index=True)
    rows["bin"] = place[rows["post"]]
    rows["stretch"] = stretches_of(shown.shape[1])[rows["bin"]]
    return rows[shown[rows["topic"], rows["bin"]]]


def _shown(trend: pd.DataFrame, bins: int) -> Bools:
    return np.asarray(one_a_bin(trend)["shown"].to_numpy(bool).reshape(-1, bins))


def _changes(trend: pd.DataFrame, starts: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the change points of shares and of valence, the largest first."""
    shares = change_points(trend, "share")
    steps = [shares, change_points(trend, "valence").assign(emotion="")]
    # Valence goes from -1 to 1, shares from 0 to 1.
    table = pd.concat([step for step in steps if len(step)] or [shares], ignore_index=True)
    order: pd.Series = table["size"].abs() / np.where(table["emotion"] == "", 2, 1)
    table = table.iloc[np.argsort(-order.to_numpy(), kind="stable")].reset_index(drop=True)
    return table.assign(bin=starts.get_indexer(pd.DatetimeIndex(table["time"])))
