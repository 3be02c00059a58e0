"""A search for options on a dump: features once for all trials, the best options as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.options_file import options_toml
from gnn_emotion.training.search_space import Space
from gnn_emotion.training.study import import_optuna
from gnn_emotion.training.train_options import TrainOptions
from gnn_emotion.training.tuning import Tuned, search
from gnn_emotion.training_data import training_data

BEST, TRIALS = "best.toml", "trials.csv"


def tune(
    dump: Dump,
    output: Path | str,
    options: TrainOptions | None = None,
    space: Space | None = None,
    trials: int = 20,
    files: Mapping[str, Path] | None = None,
    media: MediaOptions | None = None,
) -> Tuned:
    """Search for the options with the best validation macro-F1; the test split is not looked at.

    Killed and called again with the same arguments, it goes on; with more trials, too.

    Args:
        dump: a labelled dump.
        output: folder for ``best.toml``, which ``train --config`` takes, ``trials.csv``, and the
            study.
        options: what holds beside the space.
        space: what is tried; None for ``Space.default``.
        trials: how many in all.
        files: features from files, by node type or modality.
        media: how pictures and videos are found, cached and judged.

    Returns:
        The best options, and all trials.

    Raises:
        ContractError: Optuna is not installed.
        GnnEmotionError: the folder holds another search.
    """
    import_optuna()  # Better missed now than once the features are made.
    options, output = options or TrainOptions(), Path(output)
    space = space or Space.default(options)
    heard = replace(options, edge_types=space.edge_types(options))
    with training_data(dump, heard, files, media) as ready:
        tuned = search(
            ready.data,
            ready.task,
            ready.sources,
            ready.contract,
            options,
            space,
            trials,
            output,
            ready.key,
        )
    (output / BEST).write_text(options_toml(tuned.best), encoding="utf-8")
    tuned.table.to_csv(output / TRIALS, index=False)
    return tuned
