"""Single fields of posts and profiles, in the one form that a Dump has for them."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

#: What crawlers write where there is nothing.
_NOTHING = pa.array(["", "无", "null", "None", "nan", "NaN"])
_BEFORE_PLACE = r"^(?:发布于|来自|IP属地\s*[:：]?)\s*"
_TAG = r"<[^>]*>"
_GENDERS = {
    **dict.fromkeys(("f", "female", "女", "woman"), "f"),
    **dict.fromkeys(("m", "male", "男", "man"), "m"),
}
_FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0", "是", "已认证", "认证"), True),
    **dict.fromkeys(("蓝v", "黄v", "红v", "金v", "橙v", "微博个人认证", "微博官方认证"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0", "-1", "否"), False),
    **dict.fromkeys(("未认证", "无认证", "普通用户", "非认证用户"), False),
}


def words(values: pa.Array) -> pa.Array:
    """Trim names and the like; what stands for nothing is null."""
    trimmed = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.is_in(trimmed, value_set=_NOTHING), None, trimmed)


def places(values: pa.Array) -> pa.Array:
    """Take ``发布于``, ``来自`` and ``IP属地：`` off a place."""
    return words(pc.replace_substring_regex(words(values), _BEFORE_PLACE, ""))


def devices(values: pa.Array) -> pa.Array:
    """Take the link off the name of the app that a post was sent with."""
    return places(pc.replace_substring_regex(values, _TAG, ""))


def genders(values: pa.Array) -> pa.Array:
    """Write a gender as ``f`` or ``m``; anything else is null."""
    return _looked_up(values, _GENDERS, pa.string())


def flags(values: pa.Array) -> pa.Array:
    """Read a yes or no, or the kind of a verification (``蓝V``); anything else is null."""
    return _looked_up(values, _FLAGS, pa.bool_())


def _looked_up(values: pa.Array, meanings: Mapping[str, object], kind: pa.DataType) -> pa.Array:
    spelled = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    place = pc.index_in(spelled, value_set=pa.array(list(meanings)))
    return pc.take(pa.array(list(meanings.values()), kind), place)
