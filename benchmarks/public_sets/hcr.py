"""HCR: tweets of March 2010 about the American health care reform, and who follows whom.

Source: Speriosu et al., "Twitter Polarity Classification with Label Propagation over Lexical Links
and the Follower Graph", 2011. Rows are of several widths; cells have stray spaces.

The files of that time do not say when a tweet was written, but its number grew with time: tweets
are dated a minute apart in that order. The few whose id is no number stay undated.

A line of the follower file names the followed first: news channels and politicians stand on the
left (CNN 27 times, Eric Cantor 25, Slate 17) and never on the right, where those stand who follow
back. The reverse would have CNN follow 27 of these authors, and none of them CNN.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd

from gnn_emotion.graph.splits import unit

from .public_set import COLUMNS, PublicSet, Tables, check_file

FOLDER = "hcr"
EDGES = "username-username-edges.txt"
_COLUMNS = ("tweet", "user", "name", "text", "sentiment")
_LABELS = ("negative", "neutral", "positive")
#: Share of the authors of train whose tweets validate.
_VAL = 0.2
_FIRST_TWEET = pd.Timestamp("2010-03-01")
_RETWEET = re.compile(r"RT @(\w+):?\s+(.*)", re.DOTALL)
#: A retweet quotes a tweet if so many letters and digits, or all that it has, are the same.
_SAME_LETTERS = 40
_LEAST_LETTERS = 20


def read_hcr(data: Path) -> Tables:
    """Read the tweets of train and dev."""
    folder = data / FOLDER
    rows = pd.concat([_rows(folder / f"hcr-{file}.csv", file) for file in ("train", "dev")])
    rows = rows.sort_values("number", kind="stable", ignore_index=True)
    posts = pd.DataFrame(
        {
            "post_id": "hcr-" + rows.tweet,
            "text": rows.text,
            "user_id": "hcr-" + rows.user,
            "user_name": rows.name,
            "root_id": "",
            "created_at": _times(rows.number),
            "label": rows.sentiment.where(rows.sentiment.isin(_LABELS), ""),
        }
    )
    side = np.where(rows.file == "dev", "test", rows.user.map(_train_or_val))
    posts["split"] = np.where(posts.label == "", "", side)
    posts["parent_id"] = _retweeted(posts)
    posts["kind"] = np.where(posts.parent_id == "", "original", "repost")
    ids = dict(zip(posts.user_name, posts.user_id, strict=True))
    return Tables(posts[[*COLUMNS, "user_name"]], _follows(folder / EDGES, ids))


def _rows(path: Path, file: str) -> pd.DataFrame:
    check_file(path)
    with path.open(encoding="utf-8", newline="") as stream:
        cells = [[*row, ""][: len(_COLUMNS)] for row in csv.reader(stream)][1:]
    rows = pd.DataFrame(cells, columns=list(_COLUMNS)).apply(lambda column: column.str.strip())
    rows["tweet"] = rows.tweet.str.strip("'")
    rows["number"] = pd.to_numeric(rows.tweet.where(rows.tweet.str.fullmatch(r"\d+"), None))
    return rows.assign(file=file)


def _times(number: pd.Series) -> pd.Series:
    """Date the tweets, which are in the order of their numbers."""
    place = pd.Series(np.arange(len(number)), index=number.index)
    moment = _FIRST_TWEET + pd.to_timedelta(place, unit="min")
    return moment.dt.strftime("%Y-%m-%d %H:%M:%S").where(number.notna(), "")


def _train_or_val(user: str) -> str:
    return "val" if unit(f"hcr-{user}") < _VAL else "train"


def _retweeted(posts: pd.DataFrame) -> list[str]:
    """Find the earlier tweet that each retweet quotes: by its author's name and its words."""
    found: list[str] = []
    earlier: dict[str, list[tuple[str, str]]] = {}
    for row in posts.itertuples():
        quoted = _RETWEET.match(row.text)
        name, words = (quoted[1].casefold(), _letters(quoted[2])) if quoted else ("", "")
        same = [post for post, own in earlier.get(name, []) if _quotes(words, own)]
        found.append(same[-1] if same and row.created_at else "")
        if row.user_name and row.created_at:
            known = earlier.setdefault(row.user_name.casefold(), [])
            known.append((row.post_id, _letters(row.text)))
    return found


def _quotes(words: str, own: str) -> bool:
    length = min(len(words), len(own), _SAME_LETTERS)
    return length >= _LEAST_LETTERS and words[:length] == own[:length]


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _follows(path: Path, ids: dict[str, str]) -> pd.DataFrame:
    """Read who follows whom; those without a tweet here are known by their name alone."""
    check_file(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line.strip()]
    names = pd.DataFrame(pairs, columns=["followed_id", "follower_id"])
    return names.apply(
        lambda column: column.str.strip().map(lambda name: ids.get(name, f"hcr-name-{name}"))
    )


HCR = PublicSet(
    name="hcr",
    label_set="polarity3",
    sides="official train, of which a fifth of the authors, by sha256, validates; the official dev "
    "tests, for the official test is not part of these data",
    read=read_hcr,
)
