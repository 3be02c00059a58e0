"""Pretrain a text encoder on texts alone, from new weights or from those of an earlier run."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from gnn_emotion.encoders.text.character_map import character_map
from gnn_emotion.encoders.text.compact_bert import (
    CompactBert,
    CompactBertOptions,
    load_bert,
    new_bert,
    save_bert,
)
from gnn_emotion.encoders.text.weibo_tokenizer import (
    TokenizerOptions,
    WeiboTokenizer,
    train_tokenizer,
)
from gnn_emotion.pretraining.masked_words import MaskedWords
from gnn_emotion.pretraining.pretrain_options import PretrainOptions
from gnn_emotion.pretraining.token_store import tokenise
from gnn_emotion.schema.errors import ContractError

_log = logging.getLogger(__name__)
#: In the folder of a model: the state of a pretraining, with which it can go on.
STATE = "pretraining"
#: In the state: sha256 of the weights that a run began from, where these are not new.
_BEGUN_FROM = "begun_from"
#: Texts with fewer tokens, the two marks of the ends among them, have no context to guess from.
_FEWEST = 4
#: A vocabulary is learned from so many texts: more change it little, and take long.
_VOCABULARY_TEXTS = 300_000


@dataclass(frozen=True)
class Pretrained:
    """What a pretraining gave.

    Attributes:
        texts: that were tokenised, the held-out ones among them.
        tokens: of these.
        steps: in all.
        loss: mean of the last round, in nats.
        accuracy: share of hidden tokens of held-out texts that are guessed.
        emoticon_accuracy: the same of hidden emoticons; nan where there are none.
    """

    texts: int
    tokens: int
    steps: int
    loss: float
    accuracy: float
    emoticon_accuracy: float


@dataclass(frozen=True)
class NewModel:
    """What a model that is not there yet is to be.

    Attributes:
        tokenizer: its vocabulary.
        network: its shape.
    """

    tokenizer: TokenizerOptions = field(default_factory=TokenizerOptions)
    network: CompactBertOptions = field(default_factory=CompactBertOptions)


def check_pretraining(output: Path, start: Path | NewModel) -> None:
    """Refuse what ``pretrain`` cannot do, before texts are read for minutes.

    Raises:
        ContractError: ``output`` holds something else, ``start`` cannot be loaded, or a new
            tokenizer cannot be made.
    """
    _check_output(output, start)
    if isinstance(start, Path):
        load_bert(start)
    elif not (output / STATE).is_dir():
        character_map()


def pretrain(
    texts: pa.Array,
    output: Path,
    start: Path | NewModel,
    options: PretrainOptions,
    device: str = "cpu",
) -> Pretrained:
    """Pretrain, and write an ordinary Hugging Face folder.

    A run that was stopped goes on after its last round; one that has ended goes on when it is given
    more epochs.

    Args:
        texts: N distinct texts.
        output: the folder; holds the state too, in ``STATE``.
        start: the folder of a model to go on from, or the shape of a new one.
        options: how.
        device: where.

    Raises:
        ContractError: there are too few texts; or see ``check_pretraining``.
    """
    _check_output(output, start)
    options.check_count(len(texts))
    tokenizer, model = _start(texts, output, start, options.seed)
    store = tokenise(tokenizer, texts, _FEWEST)
    task = MaskedWords(model, tokenizer, store, options, device)
    history = task.run(output / STATE)
    save_bert(model, tokenizer, output)
    return Pretrained(
        texts=len(store.lengths),
        tokens=len(store.tokens),
        steps=task.steps,
        loss=history[-1].loss,
        accuracy=history[-1].accuracy,
        emoticon_accuracy=task.accuracy(emoticons=True),
    )


def _check_output(output: Path, start: Path | NewModel) -> None:
    ours = (output / STATE).is_dir() or _same(start, output)
    if output.is_dir() and any(output.iterdir()) and not ours:
        raise ContractError(
            f"{output} holds files, but no pretraining; expected a new or empty folder, that of a "
            "pretraining to go on with, or the one to start from"
        )


def _same(start: Path | NewModel, output: Path) -> bool:
    return isinstance(start, Path) and start.resolve() == output.resolve()


def _start(
    texts: pa.Array, output: Path, start: Path | NewModel, seed: int
) -> tuple[WeiboTokenizer, CompactBert]:
    torch.manual_seed(seed)
    if isinstance(start, Path):
        tokenizer, model = load_bert(start)
        if not _same(start, output):
            _forget_other(output / STATE, model)
        return tokenizer, model
    # A run that is continued must not learn its vocabulary again.
    folder = output / STATE / "tokenizer"
    told = _told(texts, start, seed)
    mark = folder / "made_from.json"
    if mark.is_file() and mark.read_text("utf-8") == told:
        tokenizer = WeiboTokenizer.from_pretrained(folder)
    else:
        tokenizer = train_tokenizer(_some(texts, seed), start.tokenizer)
        tokenizer.save_pretrained(folder)
        mark.write_text(told, encoding="utf-8")
    return tokenizer, new_bert(tokenizer, start.network)


def _forget_other(state: Path, model: CompactBert) -> None:
    """Remove a state that began from another model: its own numbers do not tell."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.numpy().tobytes())
    mark = state / _BEGUN_FROM
    if mark.is_file() and mark.read_text("utf-8") != digest.hexdigest():
        _log.warning("%s began from another model, and is replaced", state)
        shutil.rmtree(state)
    state.mkdir(parents=True, exist_ok=True)
    mark.write_text(digest.hexdigest(), encoding="utf-8")


def _told(texts: pa.Array, start: NewModel, seed: int) -> str:
    digest = hashlib.sha256()
    for text in texts.to_pylist():
        digest.update((text or "").encode() + b"\0")
    told = {"tokenizer": asdict(start.tokenizer), "seed": seed, "texts": digest.hexdigest()}
    return json.dumps(told, sort_keys=True)


def _some(texts: pa.Array, seed: int) -> pa.Array:
    if len(texts) <= _VOCABULARY_TEXTS:
        return texts
    rows = np.random.default_rng(seed).choice(len(texts), _VOCABULARY_TEXTS, replace=False)
    return texts.take(pa.array(np.sort(rows)))
