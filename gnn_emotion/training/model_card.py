"""The page that travels with a model: what it was trained on, and what it scores."""

from __future__ import annotations

from typing import Any

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.training.checkpoint import Checkpoint
from gnn_emotion.training.fitted import Fitted
from gnn_emotion.training.markdown import markdown_table


def model_card(checkpoint: Checkpoint, fitted: Fitted, intended: str = "", data: str = "") -> str:
    """Write the model card of a checkpoint (Mitchell et al. 2019), in Markdown.

    Args:
        checkpoint: the model.
        fitted: its scores.
        intended: further paragraphs on use and limits.
        data: on what it was trained; by default, only the names of the label sources.
    """
    config = checkpoint.model.config
    layers = f"{config.num_layers} layer(s) of {config.conv}, {config.hidden_channels} wide"
    parts = [
        "# Model card",
        f"Labels each post with one of {', '.join(config.labels)} (`{checkpoint.label_set}`).",
        intended,
        "## Model",
        f"- graph: {layers if config.num_layers else 'none'}",
        f"- a post is read by its {_read(config)}",
        *(f"- features of {name}: {_spec(spec)}" for name, spec in checkpoint.contract.items()),
        f"- {checkpoint.num_parameters:,} fitted numbers besides the text encoder",
        f"- {_members(checkpoint)}; abstains below a confidence of {checkpoint.abstain_below:.3f}",
        f"- answers with the label prior of `{checkpoint.default_source}`",
        "## Training data",
        data or f"Label sources: {', '.join(f'`{name}`' for name in config.sources)}.",
        "## Scores",
        score_table(fitted),
    ]
    return "\n\n".join(part for part in _joined(parts) if part) + "\n"


def _members(checkpoint: Checkpoint) -> str:
    temperatures = ", ".join(f"{member.temperature:.3f}" for member in checkpoint.members)
    if len(checkpoint.members) == 1:
        return f"temperature {temperatures}"
    return f"the mean of {len(checkpoint.members)} models, of temperatures {temperatures}"


def _joined(parts: list[str]) -> list[str]:
    """Keep the lines of a list together."""
    out: list[str] = []
    for part in parts:
        if part.startswith("- ") and out and out[-1].startswith("- "):
            out[-1] += "\n" + part
        else:
            out.append(part)
    return out


def _read(config: ModelConfig) -> str:
    if not config.modalities:
        return "text alone" if not config.num_layers else "text"
    return f"text, fused with its {', '.join(config.modalities)} ({config.fusion} fusion)"


def _spec(spec: Any) -> str:
    return f"`{spec.encoder}` revision `{spec.revision}`, {spec.dim} wide"


def score_table(fitted: Fitted) -> str:
    """Lay out the scores of a model as a Markdown table."""
    names = ("macro_f1", "accuracy", "kappa", "auc", "ece")
    rows = [
        [split, source, f"{found['support']:,}", *(f"{found[name]:.3f}" for name in names)]
        for split, sources in fitted.scores.items()
        for source, found in sources.items()
    ]
    return markdown_table(["split", "labels of", "posts", *names], rows)
