"""A fitted model with its scores, and the checkpoint that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.training.checkpoint import Checkpoint, Member
from gnn_emotion.training.correct_and_smooth import SmoothOptions
from gnn_emotion.training.fit import Epoch
from gnn_emotion.training.train_options import TrainOptions

Probs = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """What training gives.

    Attributes:
        members: one model, or those of an ensemble, each with the weights of its best validation
            epoch and a temperature fitted on the validation posts of the default source.
        smooth: how far known labels are spread after the model has answered; None for not at all.
        abstain_below: confidence that all but the asked for share of those posts reach.
        histories: of each member, one entry an epoch.
        probs: of the labels of the validation and of the test split ``[M_split, K]``.
        scores: by split and data source, as ``evaluate`` gives them.
        default_source: the source that answers for posts of no source.
    """

    members: tuple[Member, ...]
    smooth: SmoothOptions | None
    abstain_below: float
    histories: tuple[list[Epoch], ...]
    probs: dict[int, Probs]
    scores: dict[str, dict[str, dict[str, object]]]
    default_source: str

    @property
    def model(self) -> EmotionGNN:
        """The first member."""
        return self.members[0].model

    def checkpoint(self, options: TrainOptions, contract: Mapping[str, EncoderSpec]) -> Checkpoint:
        """Return what is saved; see ``Checkpoint`` for the arguments."""
        return Checkpoint(
            members=self.members,
            label_set=options.label_set,
            encoders=options.encoders,
            contract=contract,
            smooth=self.smooth,
            abstain_below=self.abstain_below,
            default_source=self.default_source,
            training=asdict(options),
        )

    @property
    def val_macro_f1(self) -> float:
        """The mean over the data sources of the validation split; nan where it has no labels."""
        scores = [float(str(found["macro_f1"])) for found in self.scores["val"].values()]
        return float(np.mean(scores)) if scores else float("nan")
