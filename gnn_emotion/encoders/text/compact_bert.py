"""A compact BERT (Devlin et al. 2019) that is trained here, as an ordinary Hugging Face model.

Its folder loads with ``AutoModel`` and ``AutoTokenizer``; the head that guesses hidden words is
kept in it, so that pretraining can go on from the folder alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import (
    AutoModelForMaskedLM,
    BertConfig,
    BertForMaskedLM,
)

from gnn_emotion.encoders.quiet import quiet_transformers
from gnn_emotion.encoders.text.hf_tokenizer import load_tokenizer
from gnn_emotion.encoders.text.weibo_tokenizer import WeiboTokenizer
from gnn_emotion.schema.errors import ContractError

#: What is pretrained.
CompactBert = BertForMaskedLM


@dataclass(frozen=True)
class CompactBertOptions:
    """The shape of the network.

    Attributes:
        hidden_size: D; a multiple of 64, for heads are 64 wide.
        layers: L.
    """

    hidden_size: int = 256
    layers: int = 4

    def __post_init__(self) -> None:
        if self.hidden_size < 64 or self.hidden_size % 64:
            raise ContractError(f"hidden_size is {self.hidden_size}, expected a multiple of 64")
        if self.layers < 1:
            raise ContractError(f"layers is {self.layers}, expected 1 or more")


def new_bert(tokenizer: WeiboTokenizer, options: CompactBertOptions) -> CompactBert:
    """Make a model with random weights for the tokens of a tokenizer.

    No dropout: a small model that sees each text once or twice has nothing to learn by heart.
    """
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=options.hidden_size,
        num_hidden_layers=options.layers,
        num_attention_heads=options.hidden_size // 64,
        intermediate_size=4 * options.hidden_size,
        max_position_embeddings=tokenizer.model_max_length,
        type_vocab_size=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=tokenizer.pad_token_id,
    )
    return BertForMaskedLM(config)


def load_bert(folder: Path) -> tuple[WeiboTokenizer, CompactBert]:
    """Load a tokenizer and a model that guesses hidden words, to go on from.

    Raises:
        ContractError: the folder holds no such model.
    """
    if not (folder / "config.json").is_file():
        raise ContractError(
            f"{folder} has no config.json; expected the folder of a BERT, as gnn-emotion pretrain "
            "writes it"
        )
    try:
        tokenizer = load_tokenizer(folder, local_files_only=True)
        with quiet_transformers():
            model, found = AutoModelForMaskedLM.from_pretrained(
                folder, local_files_only=True, output_loading_info=True
            )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        first = (str(error).strip() or repr(error)).splitlines()[0]
        raise ContractError(
            f"{folder} cannot be loaded: {first}; expected the folder of a BERT that guesses "
            "hidden words, as gnn-emotion pretrain writes it"
        ) from error
    if not isinstance(model, BertForMaskedLM):
        raise ContractError(f"{folder} holds a {type(model).__name__}; expected a BertForMaskedLM")
    missing = sorted(found["missing_keys"])
    if missing:
        raise ContractError(
            f"{folder} lacks {len(missing)} weights, first {missing[0]!r}; expected a whole "
            "BertForMaskedLM, with the head that guesses hidden words"
        )
    longest = min(tokenizer.model_max_length, model.config.max_position_embeddings)
    tokenizer.model_max_length = longest
    return cast(WeiboTokenizer, tokenizer), model.float()


def save_bert(model: CompactBert, tokenizer: WeiboTokenizer, folder: Path) -> None:
    """Write model (float16) and tokenizer as ``AutoModel`` and ``AutoTokenizer`` read them."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    # Of weights that are tied (words going in are words coming out), one is written.
    once = {tensor.data_ptr(): name for name, tensor in reversed(model.state_dict().items())}
    state = {
        name: tensor.detach().cpu().half()
        for name, tensor in model.state_dict().items()
        if once[tensor.data_ptr()] == name
    }
    with quiet_transformers():
        model.save_pretrained(folder, state_dict=state)


def guess_hidden(model: CompactBert, tokens: Tensor, mask: Tensor, hidden: Tensor) -> Tensor:
    """Score what stood in hidden places; the vocabulary is read at these alone.

    Args:
        model: the model.
        tokens: numbers of tokens ``[B, T]``.
        mask: which are there ``[B, T]``.
        hidden: which are to be guessed, bool ``[B, T]``, H in all.

    Returns:
        Logits ``[H, V]``.
    """
    states = model.bert(input_ids=tokens, attention_mask=mask).last_hidden_state
    logits: Tensor = model.cls(states[hidden])
    return logits


def move(model: CompactBert, device: str) -> CompactBert:
    """Move a model to the device that it is to be trained on, in place.

    On a CPU plain attention has much the faster backward pass, as texts are short.
    """
    kind = torch.device(device).type
    model.set_attn_implementation("eager" if kind == "cpu" else "sdpa")
    return nn.Module.to(model, device)
