"""``EmotionModel``: a model for notebooks, frames in and frames out."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gnn_emotion.ingest.frame import dump_from_frame, frame_ids
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.batch import ScoreOptions, score_dump
from gnn_emotion.scoring.bundled import find_model
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.fit_options import check_device

#: Columns of predictions that a frame gets back only where it had them.
_OF_FRAME = ("post_id", "created_at")


@dataclass(frozen=True, repr=False)
class EmotionModel:
    """A model with its text encoder, loaded once.

    Attributes:
        predictor: what does the work.
    """

    predictor: Predictor

    @classmethod
    def from_pretrained(
        cls,
        path_or_name: str | Path | None = None,
        *,
        text_encoder: str | None = None,
        device: str = "cpu",
    ) -> EmotionModel:
        """Load a model.

        Args:
            path_or_name: nothing for the bundled model that suits the device; ``bundled`` or
                ``bundled-base``; a folder that ``gnn-emotion train`` wrote; or the hub name of one.
            text_encoder: where its text encoder lies, if not where it lay in training.
            device: where neural encoders run, such as ``cuda``.

        Raises:
            ContractError: no such model, or a text encoder that it was not trained on.
            ValueError: no such device.
        """
        check_device(device)
        folder = find_model(path_or_name, device)
        return cls(Predictor.load(folder, text_encoder, device=device))

    def __repr__(self) -> str:
        checkpoint = self.predictor.checkpoint
        encoders = ", ".join(f"{name} {encoder}" for name, encoder in checkpoint.encoders.items())
        return (
            f"EmotionModel {self.predictor.model_id}: {checkpoint.model.config.conv} "
            f"on {encoders}; {checkpoint.label_set}: {', '.join(self.labels)}"
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the model's own label set."""
        return self.predictor.checkpoint.model.config.labels

    def predict(
        self, data: pd.DataFrame | Dump, *, label_set: str | None = None, progress: bool = False
    ) -> pd.DataFrame:
        """Label every post.

        Args:
            data: a Dump; or a frame with a column ``text``. Of a frame the columns ``post_id``,
                ``user_id``, ``parent_id``, ``root_id`` and ``created_at`` are used where they are
                there: who answers whom changes the labels.
            label_set: a registered label set to answer in; None for that of the model.
            progress: whether to show bars.

        Returns:
            For a frame, one row a row, with its index and in its order; for a Dump, one row a
            post that was read, sorted by ``post_id``. Columns: ``emotion``, ``prob_<label>``,
            ``valence``, ``confidence``, ``abstained``, ``status_text``, ``model_id``, and
            ``post_id`` and ``created_at`` where they are known.

        Raises:
            DumpError: a frame without the column ``text``.
            LabelError: a label set that the model cannot answer.
        """
        options = ScoreOptions(label_set=label_set, progress=progress)
        with tempfile.TemporaryDirectory(prefix="gnn_emotion-") as work:
            if isinstance(data, Dump):
                table = score_dump(data, self.predictor, Path(work), options)
                return table.to_pandas()
            dump = dump_from_frame(data, Path(work) / "dump")
            table = score_dump(dump, self.predictor, Path(work) / "features", options)
            found = table.to_pandas().set_index("post_id", drop=False)
            rows = found.loc[frame_ids(data)].set_axis(data.index, axis=0)
        return rows.drop(columns=[name for name in _OF_FRAME if name not in data.columns])
