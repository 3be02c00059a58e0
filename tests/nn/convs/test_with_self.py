"""GraphSAGE and R-GCN against those of PyTorch Geometric, over posts and users."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.nn import HeteroConv, RGCNConv, SAGEConv

from gnn_emotion.nn.convs.with_self import BASES, RGCN, SAGE

from ..conftest import make_config
from .conftest import WIDTH, edge_index, hear, make_csr, make_states, shaken, unscored

pytestmark = pytest.mark.usefixtures("one_thread")
ANSWERS, ROOTS = ("post", "rev_replies_to", "post"), ("post", "rev_in_thread", "post")
WRITES = ("user", "writes", "post")
RELATIONS = (ANSWERS, ROOTS, WRITES)
PAST = tuple(("post", f"r{i}", "post") for i in range(BASES + 2))


@st.composite
def graphs(draw):
    """Draw edges into some posts, who are the first sources; some have no user."""
    posts = draw(st.integers(1, 5))
    degrees = st.lists(st.integers(0, 4) | st.just(40), min_size=posts, max_size=posts)
    csrs = {r: make_csr(draw(degrees), 7, seed=i) for i, r in enumerate((ANSWERS, ROOTS))}
    users = draw(st.lists(st.integers(0, 1), min_size=posts, max_size=posts))
    return csrs | {WRITES: make_csr(users, 3, seed=9)}


@settings(max_examples=20)
@given(graphs())
def test_sage_equals_the_sum_of_pytorch_geometrics(csrs):
    torch.manual_seed(1)
    conv = shaken(SAGE(make_config(), RELATIONS))
    layers = {r: SAGEConv((WIDTH, WIDTH), WIDTH, bias=False).double() for r in RELATIONS}
    with torch.no_grad():
        for relation, layer in layers.items():
            layer.lin_l.weight.copy_(conv.lin_neigh["__".join(relation)].weight)
            layer.lin_r.weight.copy_(conv.lin_self.weight / len(layers))
    posts, users = make_states(7, 3)
    h_dst = posts[: csrs[WRITES].num_dst]
    expected = sum(
        layer((users if r == WRITES else posts, h_dst), edge_index(csrs[r]))
        for r, layer in layers.items()
    )
    out = hear(conv, {"post": posts, "user": users}, h_dst, unscored(csrs))
    torch.testing.assert_close(out, expected)


def test_one_relation_of_sage_is_pytorch_geometrics_heteroconv():
    conv = shaken(SAGE(make_config(), [ANSWERS]))
    layer = SAGEConv((WIDTH, WIDTH), WIDTH, bias=False).double()
    with torch.no_grad():
        layer.lin_l.weight.copy_(conv.lin_neigh["__".join(ANSWERS)].weight)
        layer.lin_r.weight.copy_(conv.lin_self.weight)
    csr, (posts,) = make_csr([0, 2, 40, 1, 0, 0, 3], 7), make_states(7)
    both = HeteroConv({ANSWERS: layer})({"post": posts}, {ANSWERS: edge_index(csr)})
    out = hear(conv, {"post": posts}, posts, unscored({ANSWERS: csr}))
    torch.testing.assert_close(out, both["post"])


@settings(max_examples=20)
@given(graphs())
def test_rgcn_equals_pytorch_geometrics_with_bases(csrs):
    """Users stand behind the posts among its sources."""
    torch.manual_seed(1)
    conv = shaken(RGCN(make_config(), RELATIONS))
    other = RGCNConv((WIDTH, WIDTH), WIDTH, len(RELATIONS), num_bases=3, bias=False).double()
    with torch.no_grad():
        other.weight.copy_(conv.basis)
        other.comp.copy_(conv.share)
        other.root.copy_(conv.lin_self.weight.T)
    posts, users = make_states(7, 3)
    h_dst = posts[: csrs[WRITES].num_dst]
    pairs = [edge_index(csrs[r]) + torch.tensor([[7 * (r == WRITES)], [0]]) for r in RELATIONS]
    kinds = torch.cat([torch.full((p.shape[1],), i) for i, p in enumerate(pairs)])
    expected = other((torch.cat([posts, users]), h_dst), torch.cat(pairs, 1), kinds)
    out = hear(conv, {"post": posts, "user": users}, h_dst, unscored(csrs))
    torch.testing.assert_close(out, expected)
    grads = [
        torch.autograd.grad(o.pow(2).sum(), w)
        for o, w in ((out, [conv.basis, conv.share]), (expected, [other.weight, other.comp]))
    ]
    for ours, theirs in zip(*grads, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_relations_share_the_bases():
    conv = RGCN(make_config(), PAST)
    assert conv.basis.shape == (BASES, WIDTH, WIDTH)
    assert conv.share.shape == (len(PAST), BASES)
    assert RGCN(make_config(), PAST[:2]).basis.shape == (2, WIDTH, WIDTH)


@pytest.mark.parametrize("kind", [SAGE, RGCN])
def test_a_post_without_neighbours_hears_itself(kind):
    conv = shaken(kind(make_config(), RELATIONS))
    posts, users = make_states(4, 3)
    csrs = {r: make_csr([0, 0], 3 if r == WRITES else 4) for r in RELATIONS}
    out = hear(conv, {"post": posts, "user": users}, posts[:2], unscored(csrs))
    torch.testing.assert_close(out, posts[:2] @ conv.lin_self.weight.T)
    alone = shaken(kind(make_config(), []))
    assert hear(alone, {"post": posts}, posts, {}).shape == (4, WIDTH)
