import pytest
import torch

from gnn_emotion.kernels import CSR, join_rows
from gnn_emotion.kernels.csr import transpose_by_sorting


def _csr(indptr, indices, num_src):
    return CSR(torch.tensor(indptr), torch.tensor(indices, dtype=torch.int64), num_src)


def test_counts():
    csr = _csr([0, 2, 2, 5], [0, 1, 3, 2, 0], 4)
    assert (csr.num_dst, csr.num_edges) == (3, 5)
    assert csr.degree.tolist() == [2, 0, 3]
    assert csr.rows.tolist() == [0, 0, 2, 2, 2]


def test_transpose_groups_edges_by_source_in_row_order():
    turned = _csr([0, 2, 2, 5], [0, 1, 3, 2, 0], 5).transpose
    assert turned.indptr.tolist() == [0, 2, 3, 4, 5, 5]
    assert turned.dst.tolist() == [0, 2, 0, 2, 2]
    assert turned.edge.tolist() == [0, 4, 1, 3, 2]


def test_transpose_of_any_graph_is_its_dense_transpose(graph):
    dense = torch.zeros(graph.num_dst, graph.num_src)
    dense.index_put_((graph.rows, graph.indices), torch.ones(graph.num_edges), accumulate=True)
    back = CSR(graph.transpose.indptr, graph.transpose.dst, graph.num_dst)
    turned = torch.zeros(graph.num_src, graph.num_dst)
    turned.index_put_((back.rows, back.indices), torch.ones(back.num_edges), accumulate=True)
    assert torch.equal(turned, dense.T)
    assert torch.equal(graph.indices[graph.transpose.edge], back.rows)


def test_sorting_gives_the_transpose_of_counting(graph, in_int32):
    for csr in (graph, in_int32(graph)):
        sorted_ = vars(transpose_by_sorting(csr))
        assert all(torch.equal(sorted_[name], t) for name, t in vars(csr.transpose).items())
        assert {t.dtype for t in sorted_.values()} == {csr.indices.dtype}


def test_transpose_is_computed_once(graph):
    assert graph.transpose is graph.transpose


def test_joined_rows_have_the_edges_of_all_parts_in_turn():
    parts = [_csr([0, 2, 2, 5], [0, 1, 3, 2, 0], 4), _csr([0, 0, 1, 2], [1, 0], 2)]
    joined, order = join_rows([*parts, _csr([0, 0, 0, 0], [], 0)])
    assert (joined.num_src, joined.indptr.tolist()) == (6, [0, 2, 3, 7])
    assert joined.indices.tolist() == [0, 1, 5, 3, 2, 0, 4]
    assert order.tolist() == [0, 1, 5, 2, 3, 4, 6]


def test_one_part_is_joined_to_itself(graph):
    joined, order = join_rows([graph])
    assert torch.equal(joined.indices, graph.indices)
    assert torch.equal(order, torch.arange(graph.num_edges))


def test_parts_of_other_lengths_are_not_joined():
    with pytest.raises(ValueError, match=r"parts have \[1, 0\] rows, expected one number"):
        join_rows([_csr([0, 1], [0], 1), _csr([0], [], 1)])
    with pytest.raises(ValueError, match=r"parts have \[\] rows"):
        join_rows([])


def test_fields_cannot_be_set():
    with pytest.raises(AttributeError):
        _csr([0, 1], [0], 1).num_src = 2


@pytest.mark.parametrize(
    "indptr, indices, num_src, said",
    [
        ([], [], 0, "indptr has the ends empty"),
        ([0, 2], [0], 1, r"ends \[0, 2\], expected 0 and the 1 edges"),
        ([1, 1], [0], 1, r"ends \[1, 1\]"),
        ([0, 2, 1, 2], [0, 0], 1, "indptr falls from 2 to 1 at row 1"),
        ([0, 1], [3], 3, "indices run from 3 to 3, expected 0 to 2"),
        ([0, 2], [0, -1], 3, "indices run from -1 to 0"),
    ],
)
def test_a_broken_graph_is_refused(indptr, indices, num_src, said):
    with pytest.raises(ValueError, match=said):
        CSR(torch.tensor(indptr, dtype=torch.int64), torch.tensor(indices).long(), num_src)


def test_int32_stays_int32(graph, in_int32):
    small = in_int32(graph)
    turned, wide = small.transpose, graph.transpose
    for mine, theirs in [
        (small.degree, graph.degree),
        (small.rows, graph.rows),
        (turned.indptr, wide.indptr),
        (turned.dst, wide.dst),
        (turned.edge, wide.edge),
    ]:
        assert mine.dtype == torch.int32
        assert torch.equal(mine.long(), theirs)


def test_joined_rows_are_int32_only_if_all_parts_are(graph, in_int32):
    both, order = join_rows([in_int32(graph)] * 2)
    wide, expected = join_rows([in_int32(graph), graph])
    assert (both.indices.dtype, wide.indices.dtype) == (torch.int32, torch.int64)
    assert torch.equal(both.indices.long(), wide.indices)
    assert torch.equal(order, expected)


def test_joined_rows_are_int64_where_the_sources_do_not_fit():
    many = CSR(torch.tensor([0]).int(), torch.tensor([]).int(), 2**31 - 1)
    assert join_rows([many])[0].indices.dtype == torch.int32
    assert join_rows([many, many])[0].indices.dtype == torch.int64


def test_other_dtypes_and_shapes_are_refused():
    with pytest.raises(
        ValueError, match=r"indptr is torch.int16 of shape \[2\], expected int32 or"
    ):
        CSR(torch.tensor([0, 1], dtype=torch.int16), torch.tensor([0]), 1)
    with pytest.raises(ValueError, match=r"indptr is torch.int32, indices are torch.int64"):
        CSR(torch.tensor([0, 1], dtype=torch.int32), torch.tensor([0]), 1)
    with pytest.raises(ValueError, match=r"indices is torch.int64 of shape"):
        CSR(torch.tensor([0, 1]), torch.tensor([[0]]), 1)
