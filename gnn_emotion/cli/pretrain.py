"""``gnn-emotion pretrain``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from gnn_emotion.cli.options import (
    accounts,
    dump_arguments,
    existing,
    machine_options,
    pretrained_folder,
    reading,
    written_folder,
    wrong_usage,
)

if TYPE_CHECKING:
    import pyarrow as pa

#: Options of a new model.
_SHAPE = ("vocabulary", "hidden_size", "layers")


@click.command(name="pretrain")
@dump_arguments
@click.option("--output", required=True, type=written_folder, help="Folder of the model.")
@click.option(
    "--start",
    type=pretrained_folder,
    help="Folder of a model to go on from, or weibo-base; else a new one is made.",
)
@click.option(
    "--leave-out",
    multiple=True,
    type=existing,
    help="A dump whose texts are not learned from: those that a model will be judged on.",
)
@click.option("--vocabulary", default=16_000, show_default=True, help="Tokens of a new model.")
@click.option("--hidden-size", default=256, show_default=True, help="Width of a new model.")
@click.option("--layers", default=4, show_default=True, help="Layers of a new model.")
@click.option("--epochs", default=1.0, show_default=True, help="Passes over the texts.")
@click.option("--tokens-per-batch", default=4096, show_default=True, help="Tokens of a step.")
@click.option("--learning-rate", default=1e-3, show_default=True, help="The highest.")
@click.option("--held-out", default=2000, show_default=True, help="Texts to measure on.")
@machine_options
@click.pass_context
def command(ctx: click.Context, dumps: tuple[Path, ...], output: Path, **how: Any) -> None:
    """Pretrain a text encoder on the texts of DUMP..., which need no labels.

    Writes a Hugging Face folder, which --text-encoder takes. A run that was stopped goes on when
    the command is given again; one that has ended does when it is given more --epochs.
    """
    from gnn_emotion.encoders.text.compact_bert import CompactBertOptions
    from gnn_emotion.encoders.text.weibo_tokenizer import TokenizerOptions
    from gnn_emotion.pretraining.pretrain import NewModel, check_pretraining, pretrain
    from gnn_emotion.pretraining.pretrain_options import PretrainOptions

    named = ("epochs", "tokens_per_batch", "learning_rate", "held_out", "precision", "seed")
    with wrong_usage():
        options = PretrainOptions(**{name: how[name] for name in named})
        new = NewModel(
            TokenizerOptions(vocabulary=how["vocabulary"]),
            CompactBertOptions(how["hidden_size"], how["layers"]),
        )
    if how["start"]:
        _refuse_shape(ctx)
    start = how["start"] or new
    check_pretraining(output, start)
    made = pretrain(_texts(dumps, how), output, start, options, how["device"])
    click.echo(
        f"{made.steps:,} steps over {made.texts:,} texts ({made.tokens:,} tokens); loss "
        f"{made.loss:.3f}; guessed of the hidden tokens of held-out texts: {made.accuracy:.3f}, of "
        f"emoticons: {_or_none(made.emoticon_accuracy)}"
    )
    click.echo(f"wrote the model to {output}")


def _refuse_shape(ctx: click.Context) -> None:
    for name in _SHAPE:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"--{name.replace('_', '-')} is of a new model, but --start has a shape already; "
                "expected one of the two"
            )


def _or_none(share: float) -> str:
    return "none hidden" if math.isnan(share) else f"{share:.3f}"


def _texts(dumps: tuple[Path, ...], how: dict[str, Any]) -> pa.Array:
    import pyarrow as pa

    from gnn_emotion.pipeline import read
    from gnn_emotion.pretraining.corpus import dump_texts, is_among

    dump = read(list(dumps), reading=reading(how))
    click.echo(accounts(dump.summary))
    texts = dump_texts(dump)
    if how["leave_out"]:
        judged = dump_texts(read(list(how["leave_out"])))
        kept = texts.filter(pa.array(~is_among(texts, judged)))
        click.echo(f"left out {len(texts) - len(kept):,} of {len(texts):,} texts")
        texts = kept
    return texts
