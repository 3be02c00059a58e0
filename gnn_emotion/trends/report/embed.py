"""The tables of a report as the data of its page: numbers rounded, texts masked, nothing hidden."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.schema.label_sets import label_set
from gnn_emotion.trends.colours import Line, looks
from gnn_emotion.trends.columns import emotions_of, label_set_of
from gnn_emotion.trends.report.masking import shown_name, shown_text
from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.stretches import WHOLE, stretches_of
from gnn_emotion.trends.report.tables import ReportTables
from gnn_emotion.trends.report.words import words_of
from gnn_emotion.trends.series import one_a_bin

#: What would end a script element, begin a comment in it, or end a line of JavaScript.
_DANGEROUS = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
_SHARES = ("share", "low", "high")
_VALENCE = ("valence", "valence_low", "valence_high")


def page_data(tables: ReportTables, options: ReportOptions) -> dict[str, Any]:
    """Return what the script of the page reads.

    Emotions, topics, bins, stretches and posts go by their place in the lists of them; times are
    milliseconds of the clock of the zone; what is not shown is null.
    """
    labels, words = emotions_of(tables.posts), words_of(options.language)
    names = [words["all"], *(words["rest"] if n is None else shown_name(n) for n in tables.names)]
    pool = pd.unique(pd.concat([tables.examples["post"], tables.change_posts["post"]]))
    place = pd.Series(np.arange(len(pool)), index=pool)
    bins = _clock(tables.starts)
    return {
        "language": options.language,
        "words": dict(words),
        "labels": _labels(labels, options.language),
        "bins": bins,
        "ends": [*bins[1:], bins[-1] + _last_width(tables)],
        "topics": _topics(tables, names, labels),
        "changes": _changes(tables, labels, place),
        "examples": _by_topic(tables.examples.assign(post=_placed(tables.examples, place)), names),
        "posts": _posts(tables.posts, pool, labels, options.tz),
        "stretches": stretches_of(len(bins)).tolist(),
        "keywords": None if tables.keywords is None else _keywords(tables.keywords, len(names)),
        "pairs": None if tables.pairs is None else _pairs(tables.pairs, len(names)),
        "shows_posts": options.examples > 0 and tables.keywords is not None,
    }


def as_json(data: object) -> str:
    """Write data as JSON that can stand in a script element, whatever its texts hold."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _DANGEROUS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _labels(labels: list[str], language: str) -> list[dict[str, str]]:
    style, names = looks(labels), label_titles(labels, language)
    return [
        {
            "id": label,
            "name": name,
            "colour": style[label].colour,
            "field": style[label].area,
            "dash": _dash(style[label].line),
        }
        for label, name in zip(labels, names, strict=True)
    ]


def label_titles(labels: list[str], language: str) -> list[str]:
    """Return the names of labels in a language; those of no label set as they are."""
    known = label_set_of(labels) if language == "zh" else None
    return [shown_name(n) for n in (labels if known is None else label_set(known).zh)]


def _dash(line: Line) -> str:
    if isinstance(line, str):
        return {"-": "solid", "--": "dash", "-.": "dashdot", ":": "dot"}[line]
    return ",".join(f"{2 * width:g}px" for width in line[1])


def _clock(times: pd.DatetimeIndex) -> list[int]:
    return [int(ms) for ms in times.tz_localize(None).as_unit("ms").asi8]


def _last_width(tables: ReportTables) -> int:
    bins = _clock(tables.starts)
    if len(bins) > 1:
        return max(1, bins[-1] - bins[-2])
    end = tables.starts[0] + pd.tseries.frequencies.to_offset(tables.freq)
    return max(1, _clock(pd.DatetimeIndex([end]))[0] - bins[0])


def _numbers(values: npt.ArrayLike, digits: int = 4) -> Any:
    """Return numbers as nested lists, rounded, null where there is none."""
    array = np.asarray(values, dtype=np.float64)
    whole = np.round(array, digits) + 0.0  # no -0.0
    wide = whole.astype(object)
    wide[np.isnan(whole)] = None
    return wide.tolist()


def _counts(values: pd.Series) -> list[int | None]:
    return [None if np.isnan(value) else int(value) for value in values.to_numpy(np.float64)]


def _topics(tables: ReportTables, names: list[str], labels: list[str]) -> list[dict[str, Any]]:
    """Return the topics in their order; a topic that is not shown has a place, and no more."""
    found: list[dict[str, Any]] = []
    totals = dict(list(tables.totals.groupby("topic", sort=False)))
    series = dict(list(tables.trend.groupby("topic", sort=False)))
    for number, name in enumerate(names):
        if number not in totals:
            found.append({"shown": False})
            continue
        total, trend = totals[number], series[number]
        one, bins = total.iloc[0], one_a_bin(trend)
        wide = {key: trend[key].to_numpy().reshape(-1, len(labels)).T for key in _SHARES}
        found.append(
            {
                "shown": True,
                "name": name,
                "posts": int(one["volume"]),
                "users": int(one["users"]),
                "whole": {key: _numbers(total[key]) for key in _SHARES},
                "whole_valence": _numbers([one[key] for key in _VALENCE]),
                "valence": {
                    key: _numbers(bins[column])
                    for key, column in zip(_SHARES, _VALENCE, strict=True)
                },
                "volume": _counts(bins["volume"]),
                "users_in": _counts(bins["users"]),
            }
            | {key: _numbers(wide[key]) for key in _SHARES}
        )
    return found


def _changes(tables: ReportTables, labels: list[str], place: pd.Series) -> list[dict[str, Any]]:
    posts: dict[int, list[list[Any]]] = {}
    of = tables.change_posts
    for change, side, post, emotion, prob in zip(
        of["change"], of["side"], of["post"], of["emotion"], of["prob"], strict=True
    ):
        one = [int(side == "after"), int(place[post]), labels.index(emotion), round(prob, 3)]
        posts.setdefault(change, []).append(one)
    numbers = ("before", "after", "size", "low", "high")
    return [
        {
            "topic": int(row["topic"]),
            "emotion": labels.index(row["emotion"]) if row["emotion"] else -1,
            "bin": int(row["bin"]),
            **{name: round(float(row[name]), 4) for name in numbers},
            "posts": posts.get(number, []),
        }
        for number, row in enumerate(tables.changes.to_dict("records"))
    ]


def _placed(table: pd.DataFrame, place: pd.Series) -> npt.NDArray[np.int64]:
    return place.reindex(table["post"]).to_numpy(np.int64)


def _by_topic(table: pd.DataFrame, names: list[str]) -> list[dict[str, list[int]]]:
    """Return, for each topic, the posts of each bin that has any."""
    found: list[dict[str, list[int]]] = [{} for _ in names]
    for topic, at, post in zip(table["topic"], table["bin"], table["post"], strict=True):
        found[topic].setdefault(str(at), []).append(int(post))
    return found


def _posts(posts: pd.DataFrame, pool: npt.ArrayLike, labels: list[str], tz: str) -> list[list[Any]]:
    """Return time, emotion, confidence and text of the posts that are shown, and nothing else."""
    chosen = posts.iloc[np.asarray(pool, dtype=np.int64)]
    times = pd.DatetimeIndex(pd.to_datetime(chosen["created_at"], utc=True)).tz_convert(tz)
    return [
        [time, labels.index(emotion), round(float(confidence), 3), shown_text(text)]
        for time, emotion, confidence, text in zip(
            _clock(times.floor("min")) if len(times) else [],
            chosen["emotion"],
            chosen["confidence"],
            chosen["own_text"],
            strict=True,
        )
    ]


def _keywords(table: pd.DataFrame, topics: int) -> list[dict[str, list[str]]]:
    found: list[dict[str, list[str]]] = [{} for _ in range(topics)]
    for topic, stretch, word in zip(table["topic"], table["stretch"], table["word"], strict=True):
        key = "whole" if stretch == WHOLE else str(int(stretch))
        found[int(topic)].setdefault(key, []).append(shown_name(word))
    return found


def _pairs(table: pd.DataFrame, topics: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{} for _ in range(topics)]
    for _, part in table.groupby(["topic", "stretch"], sort=True):
        topic, stretch = (int(part[name].iloc[0]) for name in ("topic", "stretch"))
        found[topic][str(stretch)] = {
            "edges": int(part["edges"].iloc[0]),
            "pairs": _numbers(part["pairs"], 2),
            "chance": _numbers(part["by_chance"], 2),
        }
    return found
