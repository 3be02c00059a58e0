"""The public data sets as dumps: nothing is lost, nothing leaks, and the official splits hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.csv
import pytest

from benchmarks.public_sets import SETS
from benchmarks.public_sets.hcr import read_hcr
from benchmarks.public_sets.public_set import FOLLOWS, POSTS, SPLITS, PublicSet, Tables
from gnn_emotion import read_dump
from gnn_emotion.graph.build import node_ids, post_times
from gnn_emotion.graph.edges import thread_rows
from gnn_emotion.graph.splits import split_from_table
from gnn_emotion.schema.emotions import parse_labels
from gnn_emotion.schema.errors import DumpError
from gnn_emotion.schema.graph import UNKNOWN_TIME
from gnn_emotion.training.labels import stated_labels

#: Posts with a label by split: the sizes of the official files, but for val, where it is ours.
SIZES = {
    "fanchuan-alibaba": (3341, 2506, 2506),
    "fanchuan-brideprice": (709, 533, 532),
    "fanchuan-drinkwater": (1463, 1098, 1098),
    "fanchuan-trump": (555, 417, 416),
    "cped-emotion": (6148, 2487, 2502),
    "cped-sentiment": (6148, 2487, 2502),
    "meld-emotion": (9012, 977, 1109),
    "meld-sentiment": (9012, 977, 1109),
    "hcr": (599, 198, 797),
    "smp2020-usual": (25010, 2756, 2000),
    "smp2020-virus": (7760, 846, 2000),
}
#: Sets that do not say when a post was written.
UNDATED = ("fanchuan", "smp2020")


@pytest.fixture(params=SETS)
def name(request, real_data) -> str:
    source = request.param.partition("-")[0]
    real_data({"smp2020": "smp2020_ewect"}.get(source, source))
    return request.param


@pytest.fixture
def data(real_data) -> Path:
    return real_data(".")


@pytest.mark.real_data
def test_every_post_label_and_split_arrives(name, data, tmp_path):
    chosen = SETS[name]
    files = chosen.write(data, tmp_path)
    tables = chosen.read(data)
    dump = read_dump(files, tmp_path / "dump", progress=False)
    ids = node_ids(dump, "post")
    posts = dump.read("posts").to_pandas().set_index("post_id")
    assert set(tables.posts.post_id) == set(posts.index[posts.status == "ok"])
    (labels,) = stated_labels(dump, chosen.label_set)
    assert len(labels.rows) == (tables.posts.label != "").sum() == sum(SIZES[name])
    table = pyarrow.csv.read_csv(tmp_path / SPLITS)
    codes = split_from_table(ids, table, labels.rows)
    assert tuple(np.bincount(codes[codes >= 0], minlength=3)) == SIZES[name]
    stated = tables.posts[tables.posts.label != ""].set_index("post_id").label
    told = labels.allowed.argmax(axis=1)
    expected = parse_labels(stated.loc[ids.take(labels.rows).to_pylist()], chosen.label_set)
    np.testing.assert_array_equal(told, expected)


@pytest.mark.real_data
def test_parents_are_those_that_were_read_and_are_earlier(name, data, tmp_path):
    dump = read_dump(SETS[name].write(data, tmp_path), tmp_path / "dump", progress=False)
    read = SETS[name].read(data).posts.set_index("post_id")
    answers = read.parent_id[read.parent_id != ""]
    posts = dump.read("posts").to_pandas().set_index("post_id")
    assert (posts.parent_id.loc[answers.index] == answers).all()
    rows, time = thread_rows(dump), post_times(dump)
    child = np.flatnonzero(rows.parent >= 0)
    before, after = time[rows.parent[child]], time[child]
    dated = (before != UNKNOWN_TIME) & (after != UNKNOWN_TIME)
    assert (before[dated] < after[dated]).all()
    assert dated.any() != name.startswith(UNDATED)


@pytest.mark.real_data
@pytest.mark.parametrize("topic", [name for name in SETS if name.startswith("fanchuan")])
def test_fanchuan_keeps_every_row_in_the_order_of_its_files(topic, data, real_data):
    from benchmarks.public_sets.fanchuan import TOPICS

    real_data("fanchuan")
    posts = SETS[topic].read(data).posts
    for split in ("train", "val", "test"):
        file = data / "fanchuan" / TOPICS[topic] / f"comments_{split}.csv"
        rows = pd.read_csv(file, dtype=str, keep_default_na=False)
        ours = posts[posts.split == split]
        assert ours.text.tolist() == rows.content.tolist()
        supports = {"neutral": "0", "positive": "1", "negative": "2"}
        assert ours.label.map(supports).tolist() == rows.support.tolist()
        # What a comment answers has the very words that its row says.
        text = posts.set_index("post_id").text
        said = rows.parent_content[rows.parent_content != ""]
        place = ours.parent_id.reset_index(drop=True)[said.index]
        assert text.loc[place].tolist() == said.tolist()


@pytest.mark.real_data
@pytest.mark.parametrize("topic", ["usual", "virus"])
def test_smp2020_trains_and_validates_on_different_texts(topic, data, real_data):
    real_data("smp2020_ewect")
    posts = SETS[f"smp2020-{topic}"].read(data).posts
    texts = {side: set(posts.text[posts.split == side]) for side in ("train", "val", "test")}
    assert not texts["train"] & texts["val"]
    # What train and eval share is left for the audit.
    shared = (texts["train"] | texts["val"]) & texts["test"]
    assert len(shared) == {"usual": 126, "virus": 86}[topic]


@pytest.mark.real_data
@pytest.mark.parametrize("show", ["cped-emotion", "meld-emotion"])
def test_dialogues_are_single_files_of_lines_on_one_side(show, data, real_data):
    real_data(show.partition("-")[0])
    posts = SETS[show].read(data).posts
    root = posts.root_id.where(posts.root_id != "", posts.post_id)
    assert not posts.parent_id[posts.parent_id != ""].duplicated().any()
    assert posts.groupby(root).split.nunique().max() == 1
    assert (posts.groupby(root).parent_id.apply(lambda ids: (ids == "").sum()) == 1).all()


@pytest.mark.real_data
def test_cped_has_no_speaker_on_two_sides(data, real_data):
    real_data("cped")
    posts = SETS["cped-emotion"].read(data).posts
    assert posts.groupby("user_id").split.nunique().max() == 1


@pytest.mark.real_data
def test_hcr_validates_on_authors_that_did_not_train(data, real_data):
    real_data("hcr")
    tables = read_hcr(data)
    labelled = tables.posts[tables.posts.split.isin(["train", "val"])]
    assert labelled.groupby("user_id").split.nunique().max() == 1
    # A news channel is followed, and follows nobody here.
    news = tables.posts.user_id[tables.posts.user_name == "CNN"]
    known = news.iloc[0] if len(news) else "hcr-name-CNN"
    assert (tables.follows.followed_id == known).sum() > 20
    assert not (tables.follows.follower_id == known).any()


def write_hcr(folder: Path) -> None:
    (folder / "hcr").mkdir()
    head = "tweet id,user id,username,content,sentiment,target,annotator id,comment,dispute\n"
    said = "the bill will bring down the cost of health care"
    (folder / "hcr" / "hcr-train.csv").write_text(
        f'{head}20,2,bob,"RT @Ann: {said}", positive, hcr,x\n10,1,Ann,{said}, neutral\n'
        "'4e69c7dd219da976,3,cat,hello,unsure, hcr,x,what,why\n",
        encoding="utf-8",
    )
    (folder / "hcr" / "hcr-dev.csv").write_text(f"{head}5,2,bob,RT @Ann: {said}\n", "utf-8")
    (folder / "hcr" / "username-username-edges.txt").write_text("Ann\tbob\ndan \tAnn\n", "utf-8")


def test_hcr_rows_of_any_width(tmp_path):
    write_hcr(tmp_path)
    tables = SETS["hcr"].read(tmp_path)
    posts = tables.posts.set_index("post_id")
    assert posts.label.to_dict() == {
        "hcr-5": "",
        "hcr-10": "neutral",
        "hcr-20": "positive",
        "hcr-4e69c7dd219da976": "",
    }
    # The retweet of number 5 is older than the tweet that it seems to quote.
    assert posts.parent_id.to_dict()["hcr-20"] == "hcr-10"
    assert (posts.parent_id != "").sum() == 1
    assert posts.created_at["hcr-10"] < posts.created_at["hcr-20"]
    assert posts.created_at["hcr-4e69c7dd219da976"] == ""
    pairs = tables.follows[["follower_id", "followed_id"]].to_numpy().tolist()
    assert pairs == [["hcr-2", "hcr-1"], ["hcr-1", "hcr-name-dan"]]
    files = SETS["hcr"].write(tmp_path, tmp_path / "out")
    assert [file.name for file in files] == [POSTS, FOLLOWS]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DumpError, match=r"valid_split\.csv does not exist; data/README"):
        SETS["cped-emotion"].write(tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"post_id": "a"}, "stand twice, first 'a'"), ({"split": ""}, "without the other")],
)
def test_tables_check_themselves(change, message):
    posts = pd.DataFrame({"post_id": ["a", "b"], "label": "joy", "split": "train"})
    with pytest.raises(DumpError, match=message):
        Tables(posts.assign(**change))


def test_every_set_says_how_it_is_split_and_where_numbers_are_from():
    for chosen in SETS.values():
        assert isinstance(chosen, PublicSet) and chosen.sides
        for number in chosen.published:
            assert 0 < number.value < 1 and number.source and number.on
