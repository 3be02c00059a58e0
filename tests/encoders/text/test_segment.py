"""Words of dirty Weibo text: what must stay whole stays whole, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.encoders.text.segment import WHOLE_TAGS, Segmenter, SegmentOptions
from gnn_emotion.schema.errors import ContractError

#: Text -> the token in it that stays whole, with its tag.
WHOLE = {
    "好难过[泪]啊": ("[泪]", "emoticon"),
    "气死了T_T": ("T_T", "emoticon"),
    "谢谢:-)": (":-)", "emoticon"),
    "一家👨‍👩‍👧人": ("👨‍👩‍👧", "emoji"),
    "赞👍🏽": ("👍🏽", "emoji"),
    "爱❤️你": ("❤️", "emoji"),
    "去🇨🇳了": ("🇨🇳", "emoji"),
    "第1️⃣名": ("1️⃣", "emoji"),
    "看#武汉 加油#吧": ("#武汉 加油#", "topic"),
    "问@张三_1 去": ("@张三_1", "mention"),
    "见http://t.cn/A6x?b=1看": ("http://t.cn/A6x?b=1", "url"),
    "I don't know": ("don't", "eng"),
    "给\ue002看": ("\ue002", "mention"),
    "给\ue001看": ("\ue001", "url"),
    "共\ue003人": ("\ue003", "m"),
}
words = "今天 难过 [泪] #话题# http://a.cn/x 😭 Hello ！ 3.5 [ # @ :-) \u200d don't"
pieces = st.sampled_from([*words.split(" "), "@名 ", " ", "\n"])
texts = st.lists(st.one_of(pieces, st.text(max_size=4)), max_size=8).map("".join)


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter()


@pytest.mark.parametrize("text", WHOLE)
def test_what_stays_whole(segmenter, text):
    word, tag = WHOLE[text]
    assert (word, tag) in segmenter.tag([text])[0]
    assert tag in (*WHOLE_TAGS, "eng", "m")


@pytest.mark.parametrize("text", ["原因:(一)", "a@b.com", "价格#3", "[太长了所以不是表情]", "1_1"])
def test_what_only_looks_like_it(segmenter, text):
    assert not {tag for _, tag in segmenter.tag([text])[0]} & set(WHOLE_TAGS)


def test_words_and_parts_of_speech(segmenter):
    assert segmenter.tag(["我今天很难过，手机坏了 iPhone 12"])[0] == [
        ("我", "r"),
        ("今天", "t"),
        ("很", "zg"),
        ("难过", "v"),
        ("，", "x"),
        ("手机", "n"),
        ("坏", "a"),
        ("了", "ul"),
        ("iphone", "eng"),
        ("12", "m"),
    ]


def test_a_word_that_no_dictionary_has_is_tagged_all_the_same(segmenter):
    tagged = dict(segmenter.tag(["李思雨说绝绝子"])[0])
    assert tagged["李思雨"] == "nr"
    assert all(tagged.values())


def test_empty_texts_have_no_words(segmenter):
    assert segmenter.segment(["", None, " \n\u3000", "好"]) == [[], [], [], ["好"]]
    assert segmenter.segment([]) == []


@given(texts)
def test_nothing_is_lost_and_both_ways_agree(text):
    segmenter = Segmenter()
    words = segmenter.segment([text])[0]
    assert "".join("".join(words).lower().split()) == "".join(text.lower().split())
    assert [word for word, _ in segmenter.tag([text])[0]] == words


def test_a_flood_of_one_sign_takes_no_time(segmenter):
    """As a square it would take minutes."""
    assert "".join(segmenter.segment(["囧" * 50_000])[0]) == "囧" * 50_000


def test_user_words_are_words(segmenter):
    text = "绝绝子和C·罗都来(╯°□°)╯了"
    options = SegmentOptions(user_words=("绝绝子和 90000 a", "C·罗 5 nr", "(╯°□°)╯", "云哭"))
    tagged = Segmenter(options).tag([text])[0]
    assert ("绝绝子和", "a") in tagged
    assert ("C·罗", "nr") in tagged
    assert ("(╯°□°)╯", "nz") in tagged
    assert "绝绝子和" not in segmenter.segment([text])[0]
    assert "(╯°□°)╯" not in segmenter.segment([text])[0]


def test_a_user_dictionary_is_of_one_segmenter(segmenter):
    before = segmenter.segment(["云哭声一片"])
    assert "云哭声" in Segmenter(SegmentOptions(user_words=("云哭声",))).segment(["云哭声一片"])[0]
    assert segmenter.segment(["云哭声一片"]) == before == Segmenter().segment(["云哭声一片"])


def test_stop_words_and_tags_leave_words_out():
    options = SegmentOptions(stop_words=("的", "the"), keep_tags=("n", "a", "eng", "emoticon"))
    words = Segmenter(options).segment(["THE 手机的屏幕坏了[泪]，OK"])[0]
    assert words == ["手机", "屏幕", "坏", "[泪]", "ok"]
    assert [w for w, _ in Segmenter(options).tag(["THE 手机的屏幕坏了[泪]，OK"])[0]] == words


@pytest.mark.parametrize("line", ["", "词 0", "词 0 n"])
def test_a_user_word_without_weight_is_refused(line):
    with pytest.raises(ContractError, match=r"user dictionary has .*frequency of 1 or more"):
        SegmentOptions(user_words=(line,))


def test_options_survive_json():
    options = SegmentOptions(("云哭 3 v",), ("的",), ("n",))
    stored = {"user_words": ["云哭 3 v"], "stop_words": ["的"], "keep_tags": ["n"]}
    assert SegmentOptions.from_json(stored) == options


def test_it_is_silent_and_leaves_no_file_and_gives_the_same_words_anywhere(segmenter, tmp_path):
    """A file where jieba would have its cache, which holds nonsense: it must not be read."""
    (tmp_path / "jieba.cache").write_bytes(b"nonsense")
    code = (
        "from gnn_emotion.encoders.text.segment import Segmenter\n"
        "print(Segmenter().tag(['今天李思雨好难过[泪] 绝绝子']))"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == str(segmenter.tag(["今天李思雨好难过[泪] 绝绝子"]))
    assert [file.name for file in tmp_path.iterdir()] == ["jieba.cache"]
    assert (tmp_path / "jieba.cache").read_bytes() == b"nonsense"


def test_real_texts(real_data, segmenter):
    import pyarrow.parquet as pq

    path = real_data("smp2020_ewect") / "usual_eval.parquet"
    texts = pq.read_table(path)["content"].to_pylist()[:300]
    for text, words, tagged in zip(
        texts, segmenter.segment(texts), segmenter.tag(texts), strict=True
    ):
        assert "".join("".join(words).split()) == "".join(text.lower().split())
        assert [word for word, _ in tagged] == words
        assert all(tag for _, tag in tagged)
