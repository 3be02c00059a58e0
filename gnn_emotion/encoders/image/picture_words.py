"""The words inside the pictures of a post, as features: many pictures on Weibo are text."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.encoders.store.find_media import find_media
from gnn_emotion.encoders.text.load_text import TextEncoder
from gnn_emotion.schema.features import EncoderSpec, Features
from gnn_emotion.schema.tables import Dump

#: Changes with the reader of words.
_REVISION = "rapidocr-1"


def picture_words_spec(text: EncoderSpec) -> EncoderSpec:
    """Return the spec of words in pictures, encoded by a text encoder."""
    return EncoderSpec("ocr", _REVISION, text.dim, {"text": text.key})


def encode_picture_words(dump: Dump, text: TextEncoder, options: MediaOptions) -> Features:
    """Read the words in the pictures of every post, and encode them as one text.

    Args:
        dump: the tables.
        text: the encoder of the words of posts.
        options: how the files are found.

    Returns:
        Features ``[N, D]`` of all posts; missing where no picture has words.
    """
    ids = dump.read("posts", ["post_id"])["post_id"].combine_chunks()
    found = text.encode(ids, _texts(dump, ids, options))
    spec = picture_words_spec(text.spec)
    return Features(ids, found.x, found.present, found.status, spec)


def _texts(dump: Dump, ids: pa.Array, options: MediaOptions) -> pa.Array:
    from gnn_emotion.encoders.image.ocr import read_words

    media = dump.read("media", ["media_id", "kind", "path", "url"])
    media = media.filter(pc.equal(media["kind"], "image"))
    found = find_media(media, options.max_image_bytes, options.download, options.progress)
    rows = [row for row, file in enumerate(found) if isinstance(file, Path)]
    read = read_words([file for file in found if isinstance(file, Path)])
    words = {
        media["media_id"][row].as_py(): said
        for row, said in zip(rows, read, strict=True)
        if isinstance(said, str) and said
    }
    order = [("post_id", "ascending"), ("position", "ascending")]
    by_post: dict[str, list[str]] = {}
    for link in dump.read("post_media").sort_by(order).to_pylist():
        if link["media_id"] in words:
            by_post.setdefault(link["post_id"], []).append(words[link["media_id"]])
    return pa.array(
        ["\n".join(by_post[p]) if p in by_post else None for p in ids.to_pylist()], pa.string()
    )
