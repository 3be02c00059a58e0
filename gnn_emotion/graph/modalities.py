"""What posts carry beside their words, a row a post: given so, or the mean of their media."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn_emotion.schema.errors import GraphError

Ints = npt.NDArray[np.int64]
#: Node types whose features a post can carry.
_MEDIA = ("image", "video")


class PostModalities:
    """Rows of the further modalities of a graph.

    Args:
        data: a validated graph. Of a modality ``m`` that is no node type it has
            ``post.x_m [N, D_m]`` and ``post.present_m [N]``.
        names: the modalities that a model fuses.

    Raises:
        GraphError: the graph lacks one.
    """

    def __init__(self, data: HeteroData, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._given: dict[str, tuple[Tensor, Tensor]] = {}
        self._carried: dict[str, tuple[csr_array, npt.NDArray[np.float32]]] = {}
        for name in names:
            if name in _MEDIA and name in data.node_types:
                self._carried[name] = (_carriers(data, name), data[name].x.numpy())
            elif f"x_{name}" in data["post"]:
                self._given[name] = (data["post"][f"x_{name}"], data["post"][f"present_{name}"])
            else:
                raise GraphError(f"the graph has no features of {name!r}; encode them as well")

    def take(self, rows: Ints) -> dict[str, tuple[Tensor, Tensor]]:
        """Return, by modality, the features ``[B, D_m]`` and mask ``[B]`` of some posts."""
        at = torch.from_numpy(rows)
        given = {n: (x[at].float(), present[at]) for n, (x, present) in self._given.items()}
        carried = {n: _mean(edges[rows], x) for n, (edges, x) in self._carried.items()}
        found = given | carried
        return {name: found[name] for name in self.names}

    def arrays(self) -> Iterator[npt.NDArray[np.generic]]:
        """Yield all that rows are made of, by modality."""
        for x, present in self._given.values():
            yield from (x.numpy(), present.numpy())
        for edges, carried in self._carried.values():
            yield from (edges.indptr, edges.indices, edges.data, carried)


def _carriers(data: HeteroData, name: str) -> csr_array:
    """Lay the media that can be read out by post ``[N_post, N_media]``."""
    posts, media = len(data["post"].x), len(data[name].x)
    edge_type = (name, f"rev_has_{name}", "post")
    if edge_type not in data.edge_types:
        return csr_array((posts, media), dtype=np.float32)
    src, dst = data[edge_type].edge_index.numpy()
    readable = data[name].present.numpy()[src]
    src, dst = src[readable], dst[readable]
    return csr_array((np.ones(len(src), dtype=np.float32), (dst, src)), shape=(posts, media))


def _mean(edges: csr_array, x: npt.NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    count = np.diff(edges.indptr)
    total = edges @ x
    mean = (total / np.maximum(count, 1)[:, None]).astype(np.float32)
    return torch.from_numpy(mean), torch.from_numpy(count > 0)
