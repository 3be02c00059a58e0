"""Cleaning of texts; all samples are synthetic, written as the crawlers and the API write them."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.ingest.text import clean_text, is_deleted, is_truncated

TEXTS = st.lists(
    st.none()
    | st.text()
    | st.text(alphabet="<>/ab=\"'&;#1imgbr\u200b\ufeff\ue627\0收起全文展开d.…? 泪[]", max_size=40)
)


def column(*values):
    return pa.array(values, pa.string())


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ('<a href="/n/小明">@小明</a> 你好', "@小明 你好"),
        ('<a href="/s?q=1"><span class="surl-text">#早安#</span></a>', "#早安#"),
        ('哭<span class="url-icon"><img alt="[泪]" src="x.png"></span>了', "哭[泪]了"),
        ("<img src='x.png' alt='[泪]'/>", "[泪]"),
        ("<img alt=[泪] src=x>", "[泪]"),
        ("<img src=x alt=[泪]/>", "[泪]"),
        ('<img src="a"><img alt="[怒]">', "[怒]"),
        ('<IMG ALT="[泪]" />', "[泪]"),
        ('<img src="x.png" data-alt="[不]">', ""),
        ("一<br/>二<br>三<br />四", "一\n二\n三\n四"),
        ("<p>一</p><p>二</p>", "一\n二"),
        ('<a data-url="http://t.cn/A1">网页链接</a>', "网页链接"),
        ('好//<a href="/n/小明">@小明</a>:不错', "好//@小明:不错"),
        ('没了...<a href="/status/1">全文</a>', "没了...全文"),
        ("3 &gt; 2 &amp;&amp; 1 &lt; 2", "3 > 2 && 1 < 2"),
        ("it&#039;s &#x6CEA;", "it's 泪"),
        ("一&#8203;二", "一二"),
        ("a\u200bb\ufeffc\ue627d\0e", "abcde"),
        ("长长的文 收起全文d", "长长的文"),
        ("长长的文\u200b 收起d", "长长的文"),
        ("长长的文收起全文d?", "长长的文"),
        ("  好 \n", "好"),
        ("", ""),
        (None, None),
    ],
)
def test_what_is_cleaned(raw, clean):
    assert clean_text(column(raw)).to_pylist() == [clean]
    assert clean_text(column("一", raw, None)).to_pylist() == ["一", clean, None]


@pytest.mark.parametrize(
    "text",
    [
        "1 < 2 and 3 > 2",
        "<3",
        "I <3 U > all",
        "o>_<o",
        "::>_<::",
        "<><>",
        "就去找<康熙>或是<说文解字>",
        "<来个标题>",
        "a<b",
        "R&D, AT&T; M&M",
        "a&not b &copy",
        "&nosuchentity;",
        "[泪][哈哈]",
        "收起你的眼泪d吧",
        "收起来",
        "神展开",
        "第一行\n第二行",
        "家\u200d人",
    ],
)
def test_plain_text_survives(text):
    assert clean_text(column(text)).to_pylist() == [text]


def test_what_an_entity_spells_is_no_tag():
    assert clean_text(column("&lt;br&gt; 是换行")).to_pylist() == ["<br> 是换行"]


@given(TEXTS)
def test_any_text_is_cleaned(values):
    cleaned = clean_text(column(*values))
    assert len(cleaned) == len(values)
    assert cleaned.is_null().to_pylist() == [value is None for value in values]
    assert not any(re.search("[\u200b\ufeff\ue627\0]", text or "") for text in cleaned.to_pylist())
    assert clean_text(column(None, *values).slice(1)).equals(cleaned)


@pytest.mark.parametrize(
    ("text", "truncated"),
    [
        ("说到一半...全文", True),
        ("说到一半\u200b...全文", True),
        ("说到一半…展开全文c", True),
        ("说到一半?展开全文c", True),
        ("说到一半.展开全文c?", True),
        ("说到一半?展开全文c\n", True),
        ("说到一半…展开", True),
        ("说到一半...展开c", True),
        ("神展开", False),
        ("神展开！", False),
        ("[并背诵全文]", False),
        ("请看全文", False),
        ("看过吗?全文", False),
        ("...全文太长了", False),
        ("说到一半...", False),
        ("", False),
        (None, None),
    ],
)
def test_is_truncated(text, truncated):
    assert is_truncated(column(text)).to_pylist() == [truncated]
    assert is_truncated(column("一...全文", text)).to_pylist() == [True, truncated]


@pytest.mark.parametrize(
    ("text", "deleted"),
    [
        ("抱歉，此微博已被作者删除。查看帮助：http://t.cn/A1", True),
        ("抱歉,此微博已被删除", True),
        ("抱歉，由于作者设置，你暂时没有这条微博的查看权限哦。", True),
        ("抱歉，根据作者设置的微博可见时间范围，此微博已不可见。", True),
        ("抱歉，作者已设置仅展示半年内微博，此微博已不可见。", True),
        (" 该微博因被多人举报，根据《微博社区公约》，已被删除。", True),
        ("此微博已被删除", True),
        ("此微博已被作者删除。", True),
        ("该账号因被投诉违反法律法规，现已无法查看。", True),
        ("该账号因被投报违反法律法规，现已无法查看。", True),
        ("抱歉，来晚了", False),
        ("抱歉，此微博发错了", False),
        ("此微博已被删除的人看到了", False),
        ("看到了：抱歉，此微博已被作者删除", False),
        ("", False),
        (None, None),
    ],
)
def test_is_deleted(text, deleted):
    assert is_deleted(column(text)).to_pylist() == [deleted]


@given(TEXTS)
def test_any_text_is_judged(values):
    for judge in (is_truncated, is_deleted):
        found = judge(column(*values))
        assert found.type == pa.bool_()
        assert found.is_null().to_pylist() == [value is None for value in values]


def test_empty_columns():
    assert [len(f(column())) for f in (clean_text, is_truncated, is_deleted)] == [0, 0, 0]
