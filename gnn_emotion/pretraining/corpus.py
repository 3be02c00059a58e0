"""The texts that a text encoder is pretrained on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.encoders.text.normalise import normalise_text
from gnn_emotion.schema.emoticons import EMOTICON_PATTERN
from gnn_emotion.schema.tables import Dump

#: Crawlers cut texts: two are the same if they are as far as this, in normalised characters.
_COMPARED = 100
#: What may be there or not without making another text: emoticons, and all but letters and digits.
_IGNORED = rf"{EMOTICON_PATTERN}|[^\p{{L}}\p{{N}}]"


def dump_texts(dump: Dump) -> pa.Array:
    """Return the distinct texts of a dump: the own words of a post, or what it quotes if none."""
    posts = dump.read("posts", ["own_text", "text"])
    own, whole = (posts[name].combine_chunks() for name in ("own_text", "text"))
    texts = pc.if_else(has_words(own), own, whole)
    return pc.unique(texts.filter(has_words(texts)))


def has_words(texts: pa.Array) -> pa.Array:
    """Tell which texts are neither null nor blank: bool ``[N]``."""
    return pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(texts), ""), False)


def is_among(texts: pa.Array, others: pa.Array) -> npt.NDArray[np.bool_]:
    """Tell which texts stand in a second list too, also cut, or with other emoticons.

    Args:
        texts: N texts.
        others: those that a model will be judged on.

    Returns:
        bool ``[N]``.
    """
    judged = pc.unique(_keys(others))
    judged = judged.filter(pc.not_equal(judged, ""))
    found: npt.NDArray[np.bool_] = pc.is_in(_keys(texts), value_set=judged).to_numpy(False)
    return found


def _keys(texts: pa.Array) -> pa.Array:
    bare = pc.replace_substring_regex(normalise_text(texts), _IGNORED, "")
    return pc.fill_null(pc.utf8_slice_codeunits(bare, 0, _COMPARED), "")
