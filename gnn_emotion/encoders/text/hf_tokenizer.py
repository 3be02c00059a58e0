"""The tokenizer of a Hugging Face model; one that transformers makes up in silence is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import AutoTokenizer


def load_tokenizer(name: str | Path, **how: object) -> Any:
    """Load a tokenizer by hub name or folder, with what ``AutoTokenizer.from_pretrained`` takes.

    Raises:
        ValueError: it has no vocabulary.
        OSError: it cannot be found.
    """
    tokenizer = AutoTokenizer.from_pretrained(name, **how)
    if len(tokenizer.get_vocab()) <= len(tokenizer.all_special_tokens):
        raise ValueError("it has no vocabulary (tokenizer.json, vocab.txt)")
    # It would be written into the folder of what is made from it.
    tokenizer.init_kwargs.pop("local_files_only", None)
    return tokenizer
