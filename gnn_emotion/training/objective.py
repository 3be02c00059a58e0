"""The loss of a batch: the emotion, and what else a model is asked to learn by the same state."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gnn_emotion.nn.contrastive import alignment_loss, supervised_contrastive_loss
from gnn_emotion.nn.emotion_gnn import Answer, EmotionGNN
from gnn_emotion.nn.losses import partial_label_loss, valence_loss
from gnn_emotion.nn.post_input import TEXT, Content
from gnn_emotion.nn.task_heads import POLARITY, VALENCE
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.task import Task, balanced


class Objective:
    """Losses of labelled posts.

    Args:
        task: the labels.
        options: which losses there are, and how much each weighs.
    """

    def __init__(self, task: Task, options: FitOptions) -> None:
        self.task, self.options = task, options
        self.weight = balanced(task, options.balance)

    def loss(
        self, model: EmotionGNN, answer: Answer, at: npt.NDArray[np.int64], row: Tensor
    ) -> Tensor:
        """Compute the loss of a batch.

        Args:
            model: whose priors and further heads answer.
            answer: of the posts of the batch.
            at: labels of the task ``[M]``; a post may have several.
            row: the post of each label among those answered ``[M]``.
        """
        options, task, device = self.options, self.task, answer.logits.device
        source, allowed, weight = (
            torch.from_numpy(values[at]).to(device)
            for values in (task.source, task.allowed, self.weight)
        )
        logits = answer.logits[row] + model.source_prior(source)
        total = partial_label_loss(
            logits, allowed, weight, options.label_smoothing, options.focal_gamma
        )
        if options.alignment:
            total = total + options.alignment * _alignment(answer.content)
        if options.contrastive:
            label = torch.where(allowed.sum(dim=1) == 1, allowed.int().argmax(dim=1), -1)
            pulled = supervised_contrastive_loss(answer.state[row], label)
            total = total + options.contrastive * pulled
        if options.l1:
            total = total + options.l1 * _l1(model)
        return total + self._tasks(model, answer, at, row, weight)

    def _tasks(
        self,
        model: EmotionGNN,
        answer: Answer,
        at: npt.NDArray[np.int64],
        row: Tensor,
        weight: Tensor,
    ) -> Tensor:
        found = model.tasks(answer.state)
        total = weight.new_zeros(())
        if self.options.polarity:
            polarity = torch.from_numpy(self.task.stated_polarity[at]).to(weight.device)
            loss = partial_label_loss(found[POLARITY][row], polarity, weight)
            total = total + self.options.polarity * loss
        if self.options.valence:
            valence = torch.from_numpy(self.task.stated_valence[at]).to(weight.device)
            loss = valence_loss(found[VALENCE][row], valence, weight)
            total = total + self.options.valence * loss
        return total


def _alignment(content: Content) -> Tensor:
    """Align the words of each post with each other modality that it has; the mean over those."""
    tokens = {} if content.fused is None else content.fused.tokens
    if TEXT not in tokens or len(tokens) < 2:
        raise ContractError(
            "alignment needs tokens of two modalities or more; expected a fusion of words with "
            "pictures or others, and not 'early'"
        )
    losses = [
        alignment_loss(tokens[TEXT], token, content.present[TEXT] & content.present[name])
        for name, token in tokens.items()
        if name != TEXT
    ]
    return torch.stack(losses).mean()


def _l1(model: EmotionGNN) -> Tensor:
    weights = [p.abs().sum() for p in model.parameters() if p.requires_grad and p.ndim > 1]
    return torch.stack(weights).sum()
