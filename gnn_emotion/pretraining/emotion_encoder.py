"""A pretrained BERT and labelled texts -> a text encoder that reads emotions, with its heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gnn_emotion.encoders.text.compact_bert import load_bert, save_bert
from gnn_emotion.encoders.text.emotion_heads import FILE, EmotionHeads
from gnn_emotion.encoders.text.hf_text import HuggingFaceEncoder
from gnn_emotion.encoders.text.load_text import TextEncoder, encode_texts
from gnn_emotion.nn.source_heads import SourceHeads
from gnn_emotion.pretraining.fine_tuning import FineTuneOptions, fine_tune
from gnn_emotion.pretraining.labelled_texts import LabelledTexts
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.training.calibration import calibrated, fit_temperature
from gnn_emotion.training.metrics import macro_f1

#: Of the validation texts, so many are too unsure to be labelled.
_ABSTAIN_SHARE = 0.1


def check_fine_tuning(output: Path, start: Path) -> None:
    """Refuse what ``fit_emotion_encoder`` cannot do, before texts are read.

    Raises:
        ContractError: ``output`` holds something else, or ``start`` cannot be loaded.
    """
    _check_output(output)
    load_bert(start)


def fit_emotion_encoder(
    start: Path,
    train: LabelledTexts,
    val: LabelledTexts | None,
    options: FineTuneOptions,
    output: Path,
    device: str = "cpu",
) -> dict[str, float]:
    """Fine-tune a model, calibrate its heads, and write both.

    Args:
        start: the folder of a pretrained model.
        train: what to learn from.
        val: what to calibrate on; None for nothing.
        options: how.
        output: the folder, an ordinary Hugging Face one, with the heads in a file beside.
        device: where.

    Returns:
        Macro-F1 of the validation texts by source; see ``source_score``.

    Raises:
        ContractError: see ``check_fine_tuning``.
    """
    _check_output(output)
    tokenizer, model = load_bert(start)
    heads = fine_tune(model, tokenizer, train, options, device)
    save_bert(model.cpu(), tokenizer, output)
    # What is stored is rounded: measure and calibrate that.
    encoder = HuggingFaceEncoder(str(output))
    fitted = calibrated_heads(heads, train.sources, encoder, val)
    fitted.save(output)
    if val is None:
        return {}
    return {name: source_score(encoder, fitted, val.of(name), name) for name in val.sources}


def _check_output(output: Path) -> None:
    if output.is_dir() and any(output.iterdir()) and not (output / FILE).is_file():
        raise ContractError(
            f"{output} holds files, but no fine-tuned encoder; expected a new or empty folder, or "
            "one to replace"
        )


def calibrated_heads(
    heads: SourceHeads, sources: Sequence[str], encoder: TextEncoder, val: LabelledTexts | None
) -> EmotionHeads:
    """Fit temperature and threshold of each source on its validation texts, where it has any.

    Args:
        heads: fitted, one a source.
        sources: their names.
        encoder: whose vectors they read.
        val: validation texts.
    """
    plain = EmotionHeads(
        tuple(sources),
        heads.weight.detach().cpu().numpy(),
        heads.bias.detach().cpu().numpy(),
        np.ones(len(sources), dtype=np.float32),
        np.zeros(len(sources), dtype=np.float32),
        encoder.spec.revision,
    )
    temperature, threshold = plain.temperature.copy(), plain.threshold.copy()
    for at, name in enumerate(sources):
        texts = val.of(name) if val is not None and name in val.sources else None
        if texts is not None and len(texts.texts):
            logits = plain.logits(encode_texts(encoder, texts.texts), name)
            temperature[at] = fit_temperature(logits, texts.allowed)
            confidence = calibrated(logits, float(temperature[at])).max(axis=1)
            threshold[at] = np.quantile(confidence, _ABSTAIN_SHARE)
    return replace(plain, temperature=temperature, threshold=threshold)


def source_score(
    encoder: TextEncoder, heads: EmotionHeads, texts: LabelledTexts, source: str
) -> float:
    """Macro-F1 over the labels that a source tells apart; nan without texts."""
    if not len(texts.texts):
        return float("nan")
    probs = heads.probabilities(encode_texts(encoder, texts.texts), source)
    kinds, label = np.unique(texts.allowed, axis=0, return_inverse=True)
    return macro_f1(label, (probs @ kinds.T).argmax(axis=1), len(kinds))
