"""Keywords of groups, by both methods, and topics by lists of words."""

from __future__ import annotations

import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.emotion_trends import emotion_trends
from gnn_emotion.trends.keywords import KeywordOptions, keywords, word_topics


@pytest.fixture(scope="module")
def frame():
    rows = [
        ("a", ["雨"], "水库的水位还在上涨，救援队已经到了 http://t.cn/abc"),
        ("b", ["雨"], "救援队和志愿者都在水库[泪]"),
        ("c", ["雨"], "@水库管理局 志愿者辛苦了，没有停电"),
        ("d", ["雨"], "地铁停运 " * 9),
        ("e", ["歌"], "演唱会门票太贵了"),
        ("f", ["歌"], "演唱会的舞台真好看，歌手也很好"),
        ("g", ["歌"], None),
    ]
    return pd.DataFrame(rows, columns=["user_id", "topics", "own_text"])


@pytest.mark.parametrize("method", ["tfidf", "textrank"])
def test_keywords_of_groups(frame, method):
    table = keywords(frame, options=KeywordOptions(method, count=2, fewest_users=2))
    assert table.columns.tolist() == ["topic", "word", "score", "posts", "users"]
    rain = table[table.topic == "雨"]
    assert len(rain) == 2 and set(rain.word) <= {"水库", "志愿者", "救援队"}
    assert rain.score.is_monotonic_decreasing
    assert table[table.topic == "歌"].word.iloc[0] == "演唱会"
    every = keywords(frame, options=KeywordOptions(method, fewest_users=1))
    assert len(every) > 10 and "地铁" in set(every.word) and "地铁" not in set(rain.word)
    water = every[every.topic == "雨"].set_index("word").loc["水库"]
    assert water.posts == water.users == 2  # not the one in a name
    assert not {"泪", "没有", "http", "cn"} & set(every.word)


def test_words_that_other_groups_do_not_have(frame):
    others = [(f"x{n}", [f"t{n % 4}"], "中国人民") for n in range(40)]
    everywhere = frame.assign(own_text=frame.own_text + "，中国人民")
    everywhere = pd.concat([everywhere, pd.DataFrame(others, columns=frame.columns)])
    options = KeywordOptions("class_tfidf", count=3, fewest_users=2)
    table = keywords(everywhere, options=options).groupby("topic").word.agg(list)
    assert set(table["雨"]) == {"水库", "志愿者", "救援队"}
    assert table["歌"][0] == "演唱会" and set(table["t0"]) == {"中国", "人民"}


def test_a_word_counts_once_a_user(frame):
    table = keywords(frame, options=KeywordOptions(count=20, fewest_users=1)).set_index("word")
    assert table.loc["地铁", "users"] == 1
    assert table.loc["水库", "score"] > table.loc["地铁", "score"]


def test_words_and_stop_words_of_ones_own(frame):
    options = KeywordOptions(words=("水库的水位",), stop_words=("志愿者",), fewest_users=1)
    found = set(keywords(frame, (), options).word)
    assert "水库的水位" in found and "志愿者" not in found


def test_groups_without_words():
    frame = pd.DataFrame({"user_id": ["a"], "own_text": ["[泪]"]})
    for method in ("tfidf", "textrank"):
        assert len(keywords(frame, (), KeywordOptions(method))) == 0


def test_topics_by_words(frame):
    chosen = word_topics(
        frame, {"water": ["水库", "水位"], "help": ["志愿者"], "metro": ["(地铁)"]}
    )
    assert chosen.topics.tolist() == [
        ["water"], ["water", "help"], ["water", "help"], [], [], [], [],
    ]  # fmt: skip
    assert frame.topics[0] == ["雨"]
    ready = chosen.assign(created_at=pd.Timestamp("2024-03-01", tz="UTC"), prob_joy=1.0)
    trend = emotion_trends(ready)
    assert dict(zip(trend.topic, trend.volume, strict=True)) == {"(none)": 4, "help": 2, "water": 3}


def test_options_that_cannot_be(frame):
    with pytest.raises(GnnEmotionError, match="no method 'tf-idf'; did you mean 'tfidf'"):
        KeywordOptions("tf-idf")
    with pytest.raises(GnnEmotionError, match="0 keywords of 2 users"):
        KeywordOptions(count=0)
    for words in ([], "水库", [""]):
        with pytest.raises(GnnEmotionError, match=r"topic 'x' has words .*expected a list of some"):
            word_topics(frame, {"x": words})
