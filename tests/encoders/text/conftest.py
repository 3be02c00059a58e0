"""The tokenizer and the model of ``tests/pretraining``."""

from ...pretraining.conftest import folder, model, texts, tokenizer  # noqa: F401
