"""``fold_table`` in the form that tokenizers read in one pass over a text, by sentencepiece."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gnn_emotion.encoders.text.normalise import fold_table
from gnn_emotion.schema.errors import ContractError

#: Level of sentencepiece's messages: it tells the terminal what it does, which is nobody's concern.
_ERRORS_ALONE = 2


@functools.cache
def character_map() -> bytes:
    """Compile ``fold_table`` into what ``normalizers.Precompiled`` takes.

    Raises:
        ContractError: sentencepiece is missing, or a protobuf that is new enough for it.
    """
    try:
        import sentencepiece
        from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]
    except Exception as error:  # of a protobuf that is too old, an error of its own
        raise ContractError(
            f"a new tokenizer needs sentencepiece and protobuf ({error}); "
            "pip install --upgrade 'gnn-emotion[pretrain]'"
        ) from error
    sentencepiece.set_min_log_level(_ERRORS_ALONE)
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.tsv"
        rules.write_text("".join(_rule_lines()), encoding="utf-8")
        made = sentencepiece.SentencePieceNormalizer(
            rule_tsv=str(rules),
            add_dummy_prefix=False,
            escape_whitespaces=False,
            remove_extra_whitespaces=False,
        )
    proto = ModelProto.FromString(made.serialized_model_proto())
    compiled: bytes = proto.normalizer_spec.precompiled_charsmap
    return compiled


def _rule_lines() -> Iterator[str]:
    table = fold_table()
    for code in np.flatnonzero(table != np.arange(len(table))):
        yield f"{code:X}\t{table[code]:X}\n"
