"""The bundled sample, read as any user's dump would be."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gnn_emotion.ingest.read import read_dump
from gnn_emotion.schema.tables import Dump
from gnn_emotion.synthetic.dirt import LOST_PICTURE
from gnn_emotion.synthetic.ids import mid_second

Row = dict[str, Any]


@pytest.fixture(scope="module")
def dump(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Dump:
    output = tmp_path_factory.mktemp("ingested") / "sample.dump"
    return read_dump([repo / "data" / "sample"], output, progress=False)


@pytest.fixture(scope="module")
def read(dump: Dump) -> pd.DataFrame:
    return dump.read("posts").to_pandas().set_index("post_id")


def test_the_accounts_are_those_that_the_readme_gives(dump: Dump, repo: Path):
    totals = dict(dump.summary["totals"])  # type: ignore[call-overload]
    follows = len((repo / "data" / "sample" / "follows.csv").read_text("utf-8").splitlines()) - 1
    assert totals == {
        "rows_read": 604 + 120 + follows,
        "posts_new": 600,
        "merged": 3,
        "users": 120,
        "follows": follows,
        "quarantined": 1,
    }
    readme = (repo / "data" / "sample" / "README.md").read_text("utf-8")
    assert (
        "this makes 600 posts (3 rows merged, 1 row in quarantine), "
        f"120 users and {follows} follows." in readme
    )


def test_links_and_kinds_come_out_as_they_were_meant(read: pd.DataFrame, posts: dict[str, Row]):
    assert set(read.index) == set(posts)
    for mid, post in posts.items():
        found = read.loc[mid]
        assert found.kind == post["kind"]
        assert (None if pd.isna(found.parent_id) else found.parent_id) == post["parent_id"]
        assert found.root_id == (post["root_id"] or mid)


def test_labels_are_kept(dump: Dump, posts: dict[str, Row]):
    labels = dump.read("labels").to_pandas()
    assert set(labels.label_set) == {"ekman7"}
    assert dict(zip(labels.post_id, labels.label, strict=True)) == {
        mid: post["label"] for mid, post in posts.items() if post["label"]
    }


def test_own_words_lose_the_chain_and_the_reply_mark(read: pd.DataFrame):
    assert read.text.str.contains("//@").sum() > 10
    assert not read.own_text.str.contains("//@|^回复@").any()


def test_what_is_wrong_is_mended_or_marked(read: pd.DataFrame, lines: list[Row]):
    assert Counter(read.status) == {"ok": 598, "deleted": 2}
    assert read.truncated.sum() == 1
    relative = read[read.time_precision == "relative"]
    assert len(relative) == 2
    for mid, post in relative.iterrows():
        assert abs(post.created_at.timestamp() - mid_second(str(mid))) < 60
    for again in lines[-3:]:
        assert read.loc[again["mid"]].like_count == again["attitudes_count"]


def test_media_are_found_below_the_folder(dump: Dump):
    media = dump.read("media").to_pandas()
    assert Counter(media.kind) == {"image": 61, "video": 8}
    assert media.url[media.path.isna()].tolist() == [LOST_PICTURE]
    assert all(Path(path).is_file() for path in media.path.dropna())


def test_the_empty_row_is_in_quarantine(dump: Dump, lines: list[Row]):
    quarantine = dump.read("quarantine").to_pandas()
    empty = next(i for i, row in enumerate(lines, start=1) if not row["mid"])
    assert quarantine[["source", "row"]].to_numpy().tolist() == [["posts.jsonl", empty]]
    assert "crawl_time" in json.loads(quarantine.raw[0])


def test_mentioned_names_are_users(dump: Dump):
    mentions = dump.read("mentions").to_pandas()
    assert len(mentions) > 50 and mentions.user_id.notna().all()
