import pytest
import torch
from torch_geometric.nn import GCNConv

from gnn_emotion.kernels import gcn_weights, spmm


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_equals_pytorch_geometric(random_csr, backend):
    csr = random_csr([3, 0, 1, 7, 2, 0, 5], 7)
    conv = GCNConv(5, 4, normalize=True, add_self_loops=False)
    x = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    out = spmm(csr, conv.lin(x), gcn_weights(csr), backend=backend) + conv.bias
    torch.testing.assert_close(out, conv(x, torch.stack([csr.indices, csr.rows])))


def test_rows_and_sources_must_be_the_same_nodes(graphs):
    with pytest.raises(ValueError, match="7 rows over 11 sources, expected as many"):
        gcn_weights(graphs["odd"])
