"""Fine-tune the bundled Transformer from what ``gnn-emotion pretrain`` wrote.

First emoticons, taken out of their texts, then human labels: SMP2020 (usual and virus), NLPCC2014,
CPED and MELD. A tenth of these calibrates; SMP2020's ``eval`` is left to text_quality.py.

    python benchmarks/train_weibo_base.py --data DIR --pretrained FOLDER --output data/weibo-base
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from emotion_texts import emoticon_texts, human_texts, judged_texts

from gnn_emotion.encoders.text.compact_bert import load_bert, save_bert
from gnn_emotion.pretraining.emotion_encoder import fit_emotion_encoder
from gnn_emotion.pretraining.fine_tuning import FineTuneOptions, fine_tune
from gnn_emotion.pretraining.labelled_texts import LabelledTexts

#: Emoticons: one pass, with what is said of them in the second stage.
_EMOTICONS = FineTuneOptions(epochs=1, tokens_per_batch=4096)


def main() -> None:
    """Fine-tune, and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=Path("data/weibo-base"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train, val = human_texts(arguments.data)
    middle = arguments.output.parent / f"{arguments.output.name}-emoticons"
    if not (middle / "config.json").is_file():
        judged = pa.concat_arrays([val.texts, judged_texts(arguments.data).texts])
        texts = emoticon_texts(arguments.data, judged)
        print(f"{len(texts.texts):,} texts with emoticons", flush=True)
        fit_emoticons(arguments.pretrained, texts, middle, arguments.device)
    print({name: len(train.of(name).texts) for name in train.sources}, flush=True)
    for seed in arguments.seeds:
        output = (
            arguments.output if len(arguments.seeds) == 1 else Path(f"{arguments.output}-{seed}")
        )
        options = FineTuneOptions(
            epochs=arguments.epochs, learning_rate=arguments.learning_rate, seed=seed
        )
        scores = fit_emotion_encoder(middle, train, val, options, output, arguments.device)
        print(json.dumps({"seed": seed, "val_macro_f1": scores}), flush=True)


def fit_emoticons(start: Path, texts: LabelledTexts, output: Path, device: str) -> None:
    """Learn emoticons from the words beside them."""
    tokenizer, model = load_bert(start)
    fine_tune(
        model, tokenizer, replace(texts, weight=np.ones_like(texts.weight)), _EMOTICONS, device
    )
    save_bert(model, tokenizer, output)


if __name__ == "__main__":
    main()
