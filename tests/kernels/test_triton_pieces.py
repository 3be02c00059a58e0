"""Every edge is in one piece of its own row, and no piece is long."""

import gc

import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.kernels import CSR, triton_pieces
from gnn_emotion.kernels.triton_pieces import by_destination, by_source, cut


@given(st.lists(st.integers(0, 30), max_size=9), st.integers(1, 9), st.booleans())
def test_pieces_cover_the_rows_in_order(rows, size, narrow):
    indptr = torch.tensor([0, *rows]).cumsum(0).to(torch.int32 if narrow else torch.int64)
    pieces = cut(indptr, size)
    lengths = pieces.start.diff()
    assert ((lengths >= 0) & (lengths <= size)).all()
    assert pieces.start[0] == 0
    edges = torch.zeros(len(rows), dtype=torch.int64)
    assert edges.index_add(0, pieces.row, lengths.long()).tolist() == rows
    assert pieces.row.unique_consecutive().tolist() == list(range(len(rows)))
    assert {t.dtype for t in (pieces.row, pieces.start, pieces.slot)} == {indptr.dtype}


@given(st.lists(st.integers(0, 30), max_size=9), st.integers(1, 9))
def test_long_rows_alone_have_slots(rows, size):
    pieces = cut(torch.tensor([0, *rows]).cumsum(0), size)
    long = [row for row, degree in enumerate(rows) if degree > size]
    assert pieces.long_row.tolist() == long
    in_slots = pieces.slot >= 0
    assert pieces.slot[in_slots].tolist() == list(range(pieces.num_slots))
    owners = pieces.long_row.repeat_interleave(pieces.long_slot.diff())
    assert torch.equal(pieces.row[in_slots], owners)
    assert not set(pieces.row[~in_slots].tolist()) & set(long)


def test_a_hub_is_cut_by_either_end(random_csr, monkeypatch):
    monkeypatch.setattr(triton_pieces, "PIECE", 10)
    hub = random_csr([0, 95, 2], 1)
    assert by_destination(hub).pieces.num_slots == 10
    assert by_destination(hub).edge is None
    assert by_source(hub).pieces.num_slots == 10
    assert torch.equal(by_source(hub).edge, torch.arange(97))


def test_a_plan_is_made_once_and_goes_with_its_rows(monkeypatch):
    csr = CSR(torch.tensor([0, 2]), torch.tensor([0, 1]), 2)
    plan = by_destination(csr).pieces
    assert by_destination(csr).pieces is plan
    assert by_source(csr).pieces is by_source(csr).pieces
    monkeypatch.setattr(triton_pieces, "PIECE", 1)
    assert by_destination(csr).pieces is not plan
    before = len(triton_pieces._plans)
    del csr
    gc.collect()
    assert len(triton_pieces._plans) == before - 2
