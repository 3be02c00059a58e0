"""Every kind of fusion keeps the same promises about missing modalities."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.nn.fusion import FUSIONS, Fused, make_fusion
from gnn_emotion.schema.errors import ContractError

WIDTHS = {"text": 6, "image": 3, "author": 4}
NAMES = tuple(sorted(WIDTHS))
D, K = 8, 3
#: Rows that have every combination of modalities, none of them included.
masks = st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=6)
every_kind = pytest.mark.parametrize("kind", FUSIONS)


def make(kind: str, dropout: float = 0.0, widths=WIDTHS):
    torch.manual_seed(1)
    return make_fusion(kind, widths, D, K, dropout, heads=2).eval()


def draw(rows: int, seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {n: torch.randn(rows, WIDTHS[n], generator=generator) for n in WIDTHS}


def as_masks(rows) -> dict[str, torch.Tensor]:
    return dict(zip(NAMES, torch.tensor(rows, dtype=torch.bool).unbind(1), strict=True))


def all_masks() -> dict[str, torch.Tensor]:
    return as_masks([[bool(bits >> m & 1) for m in range(3)] for bits in range(8)])


def outputs(fused: Fused) -> dict[str, torch.Tensor]:
    logits = {} if fused.logits is None else {"logits": fused.logits}
    return {"h": fused.h, **logits, **fused.tokens}


def assert_same(one: Fused, other: Fused) -> None:
    torch.testing.assert_close(outputs(one), outputs(other), rtol=0, atol=0)


@every_kind
def test_shapes(kind):
    fused = make(kind)(draw(8), all_masks())
    assert fused.h.shape == (8, D)
    assert (fused.logits is not None) == (kind == "late")
    assert {n: t.shape for n, t in fused.tokens.items()} == (
        {} if kind == "early" else dict.fromkeys(NAMES, (8, D))
    )
    assert all(torch.isfinite(out).all() for out in outputs(fused).values())


@every_kind
@given(masks, st.sampled_from([float("nan"), float("inf"), -7.0, 1e30]))
def test_what_stands_in_a_missing_row_changes_nothing(kind, rows, junk):
    fusion, x, present = make(kind), draw(len(rows)), as_masks(rows)
    dirty = {n: torch.where(present[n][:, None], x[n], junk) for n in NAMES}
    assert_same(fusion(dirty, present), fusion(x, present))


@every_kind
def test_nan_of_a_missing_row_does_not_reach_a_gradient(kind):
    fusion, present = make(kind), all_masks()
    dirty = {n: v.masked_fill(~present[n][:, None], torch.nan) for n, v in draw(8).items()}
    sum(out.square().sum() for out in outputs(fusion(dirty, present)).values()).backward()
    assert all(torch.isfinite(p.grad).all() for p in fusion.parameters())


@every_kind
def test_gradients_reach_every_parameter(kind):
    fusion = make(kind)
    # Weights drawn once: a plain sum of a norm's outputs has no gradient.
    generator = torch.Generator().manual_seed(2)
    fused = fusion(draw(8), all_masks())
    main = fused.h if fused.logits is None else fused.logits
    (main * torch.randn(main.shape, generator=generator)).sum().backward()
    still = [name for name, p in fusion.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []


@every_kind
def test_rows_do_not_see_each_other(kind):
    fusion, x, present = make(kind), draw(8), all_masks()
    turn = torch.tensor([5, 0, 7, 2, 6, 1, 3, 4])
    turned = fusion({n: v[turn] for n, v in x.items()}, {n: v[turn] for n, v in present.items()})
    plain = outputs(fusion(x, present))
    torch.testing.assert_close(outputs(turned), {n: v[turn] for n, v in plain.items()})


@every_kind
@given(masks, st.sampled_from(NAMES))
def test_taking_a_modality_away_changes_the_rows_that_had_it(kind, rows, gone):
    fusion, x, present = make(kind), draw(len(rows)), as_masks(rows)
    without = {**present, gone: torch.zeros_like(present[gone])}
    changed = (fusion(x, without).h != fusion(x, present).h).any(dim=1)
    assert torch.equal(changed, present[gone])


@every_kind
@pytest.mark.parametrize("name", NAMES)
def test_the_learned_vector_speaks_for_a_missing_modality(kind, name):
    fusion, x, present = make(kind), draw(8), all_masks()
    before = fusion(x, present).h
    learned = fusion.missing[name] if kind == "early" else fusion.tokens[name].missing
    with torch.no_grad():
        learned.vector.add_(torch.arange(1.0, 1 + len(learned.vector)))
    changed = (fusion(x, present).h != before).any(dim=1)
    count = torch.stack(list(present.values())).sum(dim=0)
    # Late fusion averages the present ones only; a gate has no choice where there is only one.
    heard = {"late": count == 0, "gated": count != 1}.get(kind, torch.tensor(True))
    assert torch.equal(changed, ~present[name] & heard)


def test_early_fusion_answers_as_if_the_learned_vector_were_the_feature():
    fusion, x, present = make("early"), draw(8), all_masks()
    filled = {n: fusion.missing[n](x[n], present[n]) for n in NAMES}
    there = {n: torch.ones(8, dtype=torch.bool) for n in NAMES}
    assert_same(fusion(filled, there), fusion(x, present))


@pytest.mark.parametrize("kind", [kind for kind in FUSIONS if kind != "early"])
def test_the_token_of_a_missing_modality_is_its_learned_vector(kind):
    fusion, present = make(kind), all_masks()
    tokens = fusion(draw(8), present).tokens
    for name in NAMES:
        vector = fusion.tokens[name].missing.vector
        assert torch.equal((tokens[name] == vector).all(dim=1), ~present[name])


def test_late_fusion_averages_the_votes_of_the_present():
    fusion, x = make("late"), draw(8)
    with torch.no_grad():
        fusion.score.copy_(torch.tensor([0.0, 1.0, 2.0]))
    present = all_masks()
    fused = fusion(x, present)
    votes = [lin(fused.tokens[n]) for n, lin in zip(NAMES, fusion.classifiers, strict=True)]
    for row in range(1, 8):
        here = [m for m in range(3) if present[NAMES[m]][row]]
        weight = fusion.score[here].softmax(0)
        wanted = sum(w * votes[m][row] for w, m in zip(weight, here, strict=True))
        torch.testing.assert_close(fused.logits[row], wanted)


def test_two_gates_are_the_sigmoid_of_the_paper():
    fusion = make("gated", widths={"image": 3, "text": 6})
    x = {n: v for n, v in draw(5).items() if n != "author"}
    fused = fusion(x, {n: torch.ones(5, dtype=torch.bool) for n in x})
    both = torch.cat([fused.tokens["image"], fused.tokens["text"]], dim=1)
    score = fusion.gate(both)
    z = torch.sigmoid(score[:, :D] - score[:, D:])
    image, text = (torch.tanh(lin(t)) for lin, t in zip(fusion.content, both.split(D, 1)))  # noqa: B905
    torch.testing.assert_close(fused.h, z * image + (1 - z) * text)


def test_attention_without_others_reads_the_zero_key():
    """A post with a text alone: its text has nothing to attend to but the zero key."""
    fusion = make("attention")
    only = {n: torch.full((2,), n == "text") for n in NAMES}
    tokens = torch.stack(list(fusion(draw(2), only).tokens.values()), dim=1)
    place = NAMES.index("text")
    attended = fusion.cross(tokens, torch.stack([only[n] for n in NAMES], dim=1))[:, place]
    layer = fusion.cross.layers[place]
    h = tokens[:, place] + layer.attention.out_proj.bias
    torch.testing.assert_close(attended, h + layer.feed_forward(h))


@every_kind
def test_the_order_of_the_mapping_does_not_matter(kind):
    turned = dict(reversed(WIDTHS.items()))
    x, present = draw(8), all_masks()
    other = make(kind, widths=turned)(dict(reversed(x.items())), dict(reversed(present.items())))
    assert_same(make(kind)(x, present), other)


@every_kind
def test_one_modality_is_enough(kind):
    fusion = make(kind, widths={"text": 6})
    here = torch.tensor([True, False])
    assert torch.isfinite(fusion({"text": draw(2)["text"]}, {"text": here}).h).all()


@every_kind
def test_an_empty_batch(kind):
    assert make(kind)(draw(0), {n: torch.zeros(0, dtype=torch.bool) for n in NAMES}).h.shape == (
        0,
        D,
    )


@every_kind
def test_dropout_only_in_training(kind):
    fusion, x, present = make(kind, dropout=0.5), draw(8), all_masks()
    assert_same(fusion(x, present), fusion(x, present))
    fusion.train()
    assert not torch.equal(fusion(x, present).h, fusion(x, present).h)


@every_kind
def test_it_learns_which_modality_matters(kind):
    """The class is in the author, where there is one; text and image are noise."""
    fusion = make(kind).train()
    classifier = torch.nn.Linear(D, K)
    x = draw(96, seed=3)
    label = torch.arange(96) % K
    x["author"] = torch.eye(4)[label] * 2
    present = {n: torch.rand(96, generator=torch.Generator().manual_seed(4)) < 0.8 for n in NAMES}
    optimizer = torch.optim.Adam([*fusion.parameters(), *classifier.parameters()], lr=0.02)
    for _ in range(60):
        fused = fusion(x, present)
        logits = classifier(fused.h) if fused.logits is None else fused.logits
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits, label).backward()
        optimizer.step()
    assert (logits.argmax(1) == label)[present["author"]].float().mean() > 0.95


def test_errors_say_what_was_expected():
    with pytest.raises(ContractError, match="did you mean 'gated'"):
        make_fusion("gate", WIDTHS, D, K)
    with pytest.raises(ContractError, match="not a multiple of heads 3"):
        make_fusion("attention", WIDTHS, D, K, heads=3)
    with pytest.raises(ContractError, match="expected one modality"):
        make_fusion("mid", {}, D, K)
    with pytest.raises(ContractError, match=r"masks of modalities \['image', 'text'\]"):
        present = {n: v for n, v in all_masks().items() if n != "author"}
        make("mid")(draw(8), present)
