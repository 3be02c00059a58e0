"""What the pictures and videos of a post are, whatever address they were seen at.

Weibo serves one picture from many hosts and in many sizes; its ``pid``, the stem of the file
name, stays the same, so that the same picture in two posts is one. The address of a video
expires with its query; the file name stays.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.ingest.staged import MEDIA

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PID = r"[0-9A-Za-z]{16,40}"
_BARE_PID = re.compile(_PID)
#: Nearly all addresses of pictures at Sina, and all of them.
_PLAIN_PICTURE = rf"^https?://[a-z0-9]+\.sinaimg\.cn/[0-9a-z]+/{_PID}(?:\.[a-z]+)?$"
_SINA_PICTURE = re.compile(
    rf"(?:https?:)?//[^/?#]*sinaimg\.[^?#]*/({_PID})(?:\.[0-9A-Za-z]{{1,5}})?(?:[?#&]|$)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*:)?//")
#: Hosts that serve a video under the same file name, whatever the rest of its address.
_SINA_HOST = re.compile(
    r"(?:^|\.)(?:sinaimg\.cn|weibocdn\.com|krcom\.cn|sina\.com\.cn|weibo\.com)(?::\d+)?$", re.I
)
_VIDEO_FILE = re.compile(r"[^/]+\.(?:mp4|m4v|mov|flv|webm|avi|mkv|m3u8)", re.I)
_NOTHING = pa.array(["", "无", "無", "None", "nan", "null", "[]"])
_OWNER_HEX = re.compile("[0-9a-f]{8}")


def media_items(images: pa.Array, videos: pa.Array) -> pa.Array:
    """Name the media of posts.

    Args:
        images: addresses, pids or paths of the pictures of each post, lists of strings ``[N]``.
        videos: the same of its videos ``[N]``.

    Returns:
        ``staged.MEDIA`` ``[N]``, never null: pictures, then videos, in order, each once a post.
        ``path`` is null throughout; ``url`` is the address or path as it stood, null for a pid.
    """
    items = pa.concat_tables([_items(images, "image"), _items(videos, "video")])
    items = _once(items.combine_chunks())
    ends = np.searchsorted(items["row"].to_numpy(), np.arange(len(images) + 1))
    fields = list(MEDIA.value_type)
    columns = [items[field.name].combine_chunks() for field in fields]
    made = pa.StructArray.from_arrays(columns, fields=fields)
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), made)


def owner_of(pid: str) -> str | None:
    """Read who uploaded a picture from its pid.

    The first 8 characters are the number of the account: in hexadecimal, or, where they start
    with 00, in base 62.

    Returns:
        The user id; None where the pid has another form.
    """
    head = pid[:8]
    if not _BARE_PID.fullmatch(pid):
        return None
    if head.startswith("00"):
        return str(sum(_LETTERS.index(c) * 62**i for i, c in enumerate(reversed(head))))
    return str(int(head, 16)) if _OWNER_HEX.fullmatch(head) else None


def _items(lists: pa.Array, kind: str) -> pa.Table:
    """Lay out the lists as a table: ``row``, ``media_id``, ``kind``, ``path``, ``url``."""
    urls = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    rows = pc.list_parent_indices(lists).cast(pa.int64())
    something = pc.invert(pc.fill_null(pc.is_in(urls, _NOTHING), True))
    something = pc.and_(something, urls.is_valid())
    urls, rows = urls.filter(something), rows.filter(something)
    ids = _picture_ids(urls) if kind == "image" else _each(urls, _video_id)
    bare = pc.match_substring_regex(urls, rf"^{_PID}$")
    columns = {
        "row": rows,
        "media_id": ids,
        "kind": pa.repeat(kind, len(urls)),
        "path": pa.nulls(len(urls), pa.string()),
        "url": pc.if_else(bare, None, urls),
    }
    return pa.table(columns)


def _once(items: pa.Table) -> pa.Table:
    """Sort by row, otherwise in order, and keep the first of each medium in a row."""
    rows = items["row"].to_numpy()
    codes = items["media_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    keys = rows * (len(rows) + 1) + codes
    _, first = np.unique(keys, return_index=True)
    order = first[np.lexsort((first, rows[first]))]
    return items.take(order)


def _picture_ids(urls: pa.Array) -> pa.Array:
    """Name pictures by pid where there is one: almost always, so at once for the column."""
    plain = pc.match_substring_regex(urls, _PLAIN_PICTURE)
    files = pc.split_pattern(urls.filter(plain), "/", max_splits=1, reverse=True)
    pids = pc.list_element(pc.split_pattern(pc.list_element(files, 1), "."), 0)
    other = pc.invert(plain)
    named = pc.replace_with_mask(urls, other, _each(urls.filter(other), _picture_id))
    return pc.replace_with_mask(named, plain, pids)


def _each(urls: pa.Array, name: Callable[[str], str]) -> pa.Array:
    return pa.array([name(url) for url in urls.to_pylist()], pa.string())


def _picture_id(url: str) -> str:
    found = _SINA_PICTURE.match(url)
    return found[1] if found else _other_id(url)


def _other_id(url: str) -> str:
    """Name a picture that is not at Sina: a bare pid, a path, or an address."""
    if _BARE_PID.fullmatch(url):
        return url
    if not _ADDRESS.match(url):
        return "file-" + _digest(posixpath.normpath(url))
    return "url-" + _digest(url.partition("#")[0])


def _video_id(url: str) -> str:
    """Name a video by its file; an address that is no video file is told apart by its query."""
    if not _ADDRESS.match(url):
        return _other_id(url)
    bare = re.split("[?#]", url, maxsplit=1)[0]
    host, _, path = bare.partition("//")[2].partition("/")
    file = path.rpartition("/")[2]
    if not _VIDEO_FILE.fullmatch(file):
        return _other_id(url)
    return file if _SINA_HOST.search(host) else "url-" + _digest(bare)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
