"""A judged post as PyTorch Geometric's ``Explainer`` takes it, for its algorithms and metrics.

What is exact here is deletion (``neighbours``); gradients say of all nodes at once which way their
features push.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch_geometric.explain import CaptumExplainer, Explainer, HeteroExplanation
from torch_geometric.explain.config import ExplanationType, ModelMode, ModelReturnType
from torch_geometric.explain.config import ModelConfig as ExplainedModel

from gnn_emotion.explain.judge import Judge
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.graph import EdgeType

#: Points on the way from no features to the features.
_STEPS = 16


class HeteroJudge(nn.Module):
    """The probabilities of the post that a judge knows, from the features of all nodes.

    Args:
        judge: of the post.

    Shapes:
        ``x_dict`` of ``[n, D_in]`` by node type; the edges as the surroundings have them ->
        ``[1, K]``.
    """

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self.judge = judge

    def forward(
        self, x_dict: Mapping[str, Tensor], edge_index_dict: Mapping[EdgeType, Tensor]
    ) -> Tensor:
        """Judge."""
        data = self.judge.around.data.clone()
        for name, x in x_dict.items():
            data[name].x = x
        for edge_type, edges in edge_index_dict.items():
            data[edge_type].edge_index = edges
        probs = self.judge.judge(data, np.zeros(1, dtype=np.int64))
        # Node types that reach the post along no edge have a gradient all the same: zero.
        return probs + 0 * torch.stack([x.sum() for x in x_dict.values()]).sum()


def explain_nodes(
    judge: Judge, label: int, method: str = "IntegratedGradients"
) -> HeteroExplanation:
    """Attribute the probability of a label to the features of all nodes.

    Args:
        judge: of the post.
        label: position of the label.
        method: an attribution of captum that PyTorch Geometric's ``CaptumExplainer`` takes.

    Returns:
        PyTorch Geometric's explanation: ``node_mask [n, D_in]`` by node type.

    Raises:
        ContractError: features of the model cannot have a gradient: token numbers, spread features,
            and pictures that are tokens of their posts.
    """
    config, around = judge.checkpoint.model.config, judge.around
    if config.text_head or config.hops:
        raise ContractError(
            "features that are token numbers, or were spread before training (conv 'sign'), have "
            "no gradient; expected a model that passes messages of numbers"
        )
    names = [n for n in around.data.node_types if n not in config.modalities]
    explainer = Explainer(
        HeteroJudge(judge),
        CaptumExplainer(method, **({"n_steps": _STEPS} if "Integrated" in method else {})),
        explanation_type=ExplanationType.phenomenon,
        node_mask_type="attributes",
        model_config=ExplainedModel(
            ModelMode.multiclass_classification, "graph", ModelReturnType.probs
        ),
    )
    x_dict = {name: around.data[name].x for name in names}
    edges = {edge_type: around.data[edge_type].edge_index for edge_type in around.data.edge_types}
    return explainer(x_dict, edges, target=torch.tensor([label]))
