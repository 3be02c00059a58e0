"""Text features in shards on disk, so that a killed run need not encode again what it had.

Encoding is the long part of scoring with a transformer. A shard is written whole under another
name and then renamed: what is there is complete. Features are kept in the storage type of their
spec (float16) and read back from disk even in the run that made them, so that a resumed run
computes with the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from gnn_emotion.encoders.text.load_text import TextEncoder
from gnn_emotion.schema.features import EncoderSpec, Features
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.memory import MemoryLimit, Rows

#: Posts a shard.
SHARD = 65_536


def encode_in_shards(
    dump: Dump,
    encoder: TextEncoder,
    folder: Path,
    advance: Callable[[int], object] = lambda posts: None,
    memory: MemoryLimit | None = None,
) -> Features:
    """Encode the own words of every post; shards that are there already are only read.

    Args:
        dump: the tables.
        encoder: the text encoder; its spec is part of a shard's name.
        folder: where the shards of this dump lie.
        advance: told how many posts were done.
        memory: features that do not fit are mapped from a file.

    Returns:
        Features ``[N, D]`` of all posts, in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    posts = dump.read("posts", ["post_id", "own_text"])
    ids, texts = posts["post_id"].combine_chunks(), posts["own_text"].combine_chunks()
    mapped = (memory or MemoryLimit()).maps(len(ids), encoder.spec.dim)
    kept = Rows.new(len(ids), encoder.spec.dim, mapped, folder)
    x = kept.x.numpy()
    present, status = np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=np.uint8)
    for start in range(0, len(ids), SHARD):
        rows = slice(start, min(start + SHARD, len(ids)))
        path = folder / f"posts-{encoder.spec.key}-{start:010d}.safetensors"
        shard = _read(path, rows.stop - rows.start, encoder.spec)
        if shard is None:
            _write(path, encoder.encode(ids[rows], texts[rows]))
            shard = load_file(path)
        x[rows], present[rows], status[rows] = shard["x"], shard["present"], shard["status"]
        kept.release()
        advance(rows.stop - rows.start)
    return Features(ids, x, present, status, encoder.spec)


def _read(path: Path, count: int, spec: EncoderSpec) -> dict[str, np.ndarray] | None:
    """Read a shard; None when it is not there, or not of this dump."""
    try:
        shard = load_file(path)
    except (OSError, SafetensorError):
        return None
    return shard if shard["x"].shape == (count, spec.dim) else None


def _write(path: Path, features: Features) -> None:
    unfinished = path.with_suffix(".unfinished")
    arrays = {
        "x": features.x.astype(features.spec.storage),
        "present": features.present,
        "status": features.status,
    }
    save_file(arrays, unfinished)
    unfinished.replace(path)
