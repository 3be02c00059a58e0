"""For every post and modality, whether there was something to read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from gnn_emotion.schema.features import CORRUPT, MISSING, OK, SKIPPED, Features
from gnn_emotion.schema.tables import Dump

Codes = npt.NDArray[np.uint8]
#: What a modality is called in the predictions, where it has another name in the graph.
_SHOWN = {"post": "text"}
_MEDIA = ("image", "video")
#: Of several media the first that applies: one that can be read is enough.
_FIRST = (OK, CORRUPT, SKIPPED, MISSING)


def post_statuses(dump: Dump, features: Mapping[str, Features]) -> dict[str, Codes]:
    """Return the status of every post, by modality, as codes into ``STATUSES`` ``[N]``.

    A post with several pictures is ok when one of them could be read; else it is corrupt, else
    skipped, else missing, as the worst of them is; a post without any is missing.

    Args:
        dump: the tables.
        features: by node type or modality; profiles have no status.
    """
    named = {name: given for name, given in features.items() if name != "user"}
    return {
        _SHOWN.get(name, name): _of_media(dump, name, given) if name in _MEDIA else given.status
        for name, given in named.items()
    }


def _of_media(dump: Dump, kind: str, media: Features) -> Codes:
    links = dump.read("post_media", ["post_id", "media_id"])
    ids = dump.read("posts", ["post_id"])["post_id"]
    rank = np.full(len(ids), _FIRST.index(MISSING), dtype=np.uint8)
    at = pc.fill_null(pc.index_in(links["media_id"], value_set=media.ids), -1).to_numpy()
    post = pc.fill_null(pc.index_in(links["post_id"], value_set=ids), -1).to_numpy()
    known = (at >= 0) & (post >= 0)
    ranks = np.argsort(_FIRST).astype(np.uint8)[media.status[at[known]]]
    np.minimum.at(rank, post[known], ranks)
    return np.array(_FIRST, dtype=np.uint8)[rank]
