"""The file: one page that loads nothing, in which texts are data and hidden things are not."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.schema.label_sets import label_set
from gnn_emotion.trends.report.embed import as_json
from gnn_emotion.trends.report.options import ReportOptions
from gnn_emotion.trends.report.report import write_report
from gnn_emotion.trends.report.words import words_of

from .conftest import HOSTILE, HOSTILE_TOPIC, LABELS, START

pytest.importorskip("plotly")
pytest.importorskip("ruptures")


class _Elements(HTMLParser):
    """Collects elements with their attributes, and the texts of scripts and of the rest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements, self.scripts, self.text, self._inside = [], [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        (self.scripts if self._inside == "script" else self.text).append(data)


def data_of(path) -> dict:
    """Return the data of a page."""
    return json.loads(_Elements(path.read_text(encoding="utf-8")).scripts[0])


def test_it_loads_nothing(page):
    parsed = _Elements(page.read_text(encoding="utf-8"))
    assert [tag for tag, _ in parsed.elements].count("script") == 3
    for tag, attributes in parsed.elements:
        assert tag not in ("link", "img", "iframe", "object", "base")
        assert not {"src", "href", "srcset", "action", "onclick", "onerror"} & set(attributes)
    policy = dict(parsed.elements[3][1])["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    ours = files("gnn_emotion.trends.report")
    for name in ("base.js", "charts.js", "tables.js", "filters.js", "page.css", "page.html"):
        source = ours.joinpath(name).read_text(encoding="utf-8")
        assert not re.search(
            r"https?:|url\(|@import|fetch\(|innerHTML|insertAdjacent|eval\(", source
        )


def test_hostile_texts_are_data(page, posts):
    raw = page.read_text(encoding="utf-8")
    start = raw.index('id="data">')
    embedded = raw[start : raw.index("</script>", start)]
    assert not re.search("[<>&\u2028\u2029\ud800-\udfff]", embedded[len('id="data">') :])
    data = data_of(page)
    texts = {post[3] for post in data["posts"]}
    assert set(HOSTILE[:5]) <= texts
    assert "空\ufffd字\ufffd节" in texts and "倒过来 新行" in {" ".join(t.split()) for t in texts}
    assert max(map(len, texts)) <= 280
    assert HOSTILE_TOPIC in [topic.get("name") for topic in data["topics"]]


def test_who_wrote_is_not_in_it(page):
    raw = page.read_text(encoding="utf-8")
    assert "writer" not in json.dumps(data_of(page)["posts"])
    assert not re.search(r"writer\d|p0\d{4}|张三|138-1234|a\.b@example|example\.com/u", raw)
    assert any(
        "@… 打 [number] 或 [mail] 见 [link] 吧" in post[3] for post in data_of(page)["posts"]
    )


def test_numbers_are_those_of_the_trend(page, posts):
    data = data_of(page)
    whole = data["topics"][0]
    assert [label["id"] for label in data["labels"]] == list(LABELS)
    assert len(data["bins"]) == 16 and data["bins"][1] - data["bins"][0] == 6 * 3600 * 1000
    assert data["bins"][0] == START.tz_localize(None).value // 1_000_000  # the clock of the zone
    first = posts[posts.created_at < START + pd.Timedelta(6, "h")]
    assert whole["volume"][0] == len(first) and whole["users_in"][0] == first.user_id.nunique()
    assert whole["share"][2][0] == pytest.approx(first.prob_anger.mean(), abs=1e-4)
    assert whole["low"][2][0] < whole["share"][2][0] < whole["high"][2][0]
    assert whole["valence"]["share"][0] == pytest.approx(first.valence.mean(), abs=1e-4)
    for change in data["changes"]:
        assert all(0 <= post < len(data["posts"]) for _, post, *_ in change["posts"])


def test_hidden_cells_are_null_and_have_no_posts(posts, tmp_path):
    small = posts.copy()
    small.loc[small.index[small.created_at < START + pd.Timedelta(6, "h")][5:], "topics"] = None
    write_report(small, tmp_path / "r.html", options=ReportOptions(freq="6h"))
    data, seen = data_of(tmp_path / "r.html"), 0
    for number, topic in enumerate(data["topics"]):
        for at, volume in enumerate(topic["volume"]):
            if volume is None:
                seen += 1
                assert topic["users_in"][at] is None
                assert {row[at] for key in ("share", "low", "high") for row in topic[key]} == {None}
                assert str(at) not in data["examples"][number]
            else:
                assert topic["users_in"][at] == 0 or topic["users_in"][at] >= 5
    assert seen >= 2


def test_the_same_bytes_for_the_same_posts_in_any_order(posts, tmp_path):
    options = ReportOptions(freq="6h", language="zh")
    mixed = posts.sample(frac=1, random_state=1)
    for name, frame in (("a.html", posts), ("b.html", mixed)):
        write_report(frame, tmp_path / name, options=options)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_chinese_and_the_names_of_labels(posts, tmp_path):
    write_report(posts, tmp_path / "r.html", options=ReportOptions(freq="6h", language="zh"))
    raw = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in raw and "<title>情绪报告" in raw
    names = [label["name"] for label in data_of(tmp_path / "r.html")["labels"]]
    assert names == list(label_set("ekman7").zh)


def test_labels_of_no_set_keep_their_names(posts, tmp_path):
    other = posts.rename(columns={"prob_joy": "prob_hope"}).replace({"emotion": {"joy": "hope"}})
    write_report(other, tmp_path / "r.html", options=ReportOptions(freq="1D", language="zh"))
    assert "hope" in [label["name"] for label in data_of(tmp_path / "r.html")["labels"]]


def test_a_hostile_title(posts, tmp_path):
    title = "</title><script>x</script> \x00\ud800"
    write_report(posts, tmp_path / "r.html", options=ReportOptions(freq="1D", title=title))
    raw = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert f"<title>{html.escape('</title><script>x</script>')} \ufffd\ufffd</title>" in raw


def test_what_is_missing_is_said(posts, tmp_path):
    bare = posts.drop(columns=["user_id", "own_text", "topics", "parent_id"])
    bare.loc[0, "created_at"] = pd.NaT
    write_report(bare, tmp_path / "r.html", options=ReportOptions(freq="6h"))
    text = " ".join(_Elements((tmp_path / "r.html").read_text(encoding="utf-8")).text)
    for said in (
        "not known who wrote 799 posts",
        "1 posts without a time",
        "No hashtags",
        "No texts",
    ):
        assert said in text
    data = data_of(tmp_path / "r.html")
    assert data["posts"] == [] and data["keywords"] is None and data["pairs"] is None
    write_report(posts, tmp_path / "none.html", options=ReportOptions(freq="6h", examples=0))
    assert data_of(tmp_path / "none.html")["posts"] == []


def test_one_bin_and_one_topic(posts, tmp_path):
    options = ReportOptions(freq="YS", topics=0)
    write_report(posts, tmp_path / "r.html", options=options)
    data = data_of(tmp_path / "r.html")
    assert len(data["bins"]) == len(data["ends"]) == 1 and data["ends"][0] > data["bins"][0]
    assert data["changes"] == [] and len(data["topics"]) == 1


def test_both_languages_say_the_same_things():
    english, chinese = words_of("en"), words_of("zh")
    assert list(english) == list(chinese)
    for name in english:
        slots = [sorted(re.findall(r"\{\w+\}", words[name])) for words in (english, chinese)]
        assert slots[0] == slots[1], name


def test_data_can_stand_in_a_script():
    text = as_json({"a": "</script><!--\u2028\ud800&", "b": [None, 1.5]})
    assert "<" not in text and json.loads(text)["a"] == "</script><!--\u2028\ud800&"
    with pytest.raises(ValueError, match="JSON"):
        as_json([np.nan])


def test_another_suffix(posts, tmp_path):
    with pytest.raises(GnnEmotionError, match=r"r.pdf ends in none of .html"):
        write_report(posts, tmp_path / "r.pdf")
