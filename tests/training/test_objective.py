"""The loss of a batch is the sum of what was asked for, each part at its weight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.contrastive import alignment_loss, supervised_contrastive_loss
from gnn_emotion.nn.emotion_gnn import Answer, EmotionGNN
from gnn_emotion.nn.losses import partial_label_loss, valence_loss
from gnn_emotion.nn.task_heads import POLARITY, VALENCE
from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.schema.errors import ContractError, LabelError
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.objective import Objective
from gnn_emotion.training.task import Task, balanced

from ..nn.conftest import WIDTHS
from .conftest import WIDTH

pytestmark = pytest.mark.usefixtures("one_thread")
PLAIN = FitOptions(balance=0.0)
CONFIG = ModelConfig(
    label_set(CANONICAL).labels,
    {"post": WIDTH, "user": 2},
    hidden_channels=8,
    heads=2,
    tasks=(POLARITY, VALENCE),
)
#: Labels of a batch.
AT = np.array([0, 5, 9, 13, 40, 41, 42, 77])


@pytest.fixture(scope="module")
def model() -> EmotionGNN:
    torch.manual_seed(0)
    made = EmotionGNN(CONFIG).eval()
    torch.nn.init.normal_(made.prior.weight)
    return made


@pytest.fixture(scope="module")
def answer(model, toy_graph, toy_task) -> Answer:
    seeds = np.unique(toy_task.rows[AT])
    batch = BlockLoader(toy_graph, CONFIG.relations, CONFIG.num_layers).batch(seeds)
    return model.answer(batch.x_dict, batch.present_dict, batch.blocks)


def loss(model, answer: Answer, task: Task, at: np.ndarray = AT, **options: float) -> float:
    _, back = np.unique(task.rows[AT], return_inverse=True)
    row = torch.from_numpy(back[np.searchsorted(AT, at)])
    found = Objective(task, replace(PLAIN, **options)).loss(model, answer, at, row)
    assert found.shape == ()
    return float(found.detach())


def given(task: Task) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    _, back = np.unique(task.rows[AT], return_inverse=True)
    allowed = torch.from_numpy(task.allowed[AT])
    return torch.from_numpy(back), allowed, torch.from_numpy(task.weight[AT])


def test_alone_it_is_the_cross_entropy_of_logits_and_prior(model, answer, toy_task):
    row, allowed, _ = given(toy_task)
    logits = answer.logits[row] + model.source_prior(torch.zeros(len(AT), dtype=torch.long))
    wanted = cross_entropy(logits, allowed.int().argmax(dim=1))
    assert loss(model, answer, toy_task) == pytest.approx(float(wanted.detach()), rel=1e-5)


def test_each_source_answers_with_its_own_prior(toy_task, answer):
    torch.manual_seed(0)
    two = EmotionGNN(replace(CONFIG, sources=("a", "b")))
    torch.nn.init.normal_(two.prior.weight)
    other = replace(toy_task, source=np.ones_like(toy_task.source))
    assert loss(two, answer, toy_task) != pytest.approx(loss(two, answer, other))


def test_a_post_with_several_labels_counts_for_each(model, answer, toy_task):
    each = [loss(model, answer, toy_task, AT[i : i + 1]) for i in range(len(AT))]
    assert loss(model, answer, toy_task) == pytest.approx(np.mean(each), rel=1e-5)
    twice = loss(model, answer, toy_task, AT[[3, 0, 0]])
    assert twice == pytest.approx((2 * each[0] + each[3]) / 3, rel=1e-5)
    weight = np.linspace(0.5, 2, len(toy_task.rows)).astype(np.float32)
    weighed = replace(toy_task, weight=weight)
    wanted = np.average(each, weights=weight[AT])
    assert loss(model, answer, weighed) == pytest.approx(wanted, rel=1e-5)


def test_balance_weighs_the_labels_as_task_says(model, answer, toy_task):
    rare = replace(toy_task, split=toy_task.split.copy())
    rare.split[toy_task.allowed[:, label_set(CANONICAL).labels.index("joy")]] = -1
    rare.split[AT] = 0
    found = loss(model, answer, rare, balance=1.0)
    by_hand = replace(rare, weight=balanced(rare, 1.0))
    assert found == pytest.approx(loss(model, answer, by_hand), rel=1e-5)
    assert found != pytest.approx(loss(model, answer, rare))


def parts(model, answer: Answer, task: Task) -> dict[str, float]:
    """Return what each further loss gives on the batch."""
    row, allowed, weight = given(task)
    label = allowed.int().argmax(dim=1)
    found = model.tasks(answer.state)
    polarity = torch.from_numpy(task.stated_polarity[AT])
    stated = torch.from_numpy(task.stated_valence[AT])
    wide = [p for p in model.parameters() if p.ndim > 1]
    each = {
        "contrastive": supervised_contrastive_loss(answer.state[row], label),
        "polarity": partial_label_loss(found[POLARITY][row], polarity, weight),
        "valence": valence_loss(found[VALENCE][row], stated, weight),
        "l1": torch.stack([p.abs().sum() for p in wide]).sum(),
    }
    return {name: float(part.detach()) for name, part in each.items()}


@pytest.mark.parametrize("name", ["contrastive", "polarity", "valence", "l1"])
def test_each_part_is_added_at_its_weight(model, answer, toy_task, name):
    plain, part = loss(model, answer, toy_task), parts(model, answer, toy_task)[name]
    assert part > 0
    for weight in (0.5, 2.0):
        found = loss(model, answer, toy_task, **{name: weight})
        assert found == pytest.approx(plain + weight * part, rel=1e-4)


def test_all_parts_together_are_their_sum(model, answer, toy_task):
    plain, found = loss(model, answer, toy_task), parts(model, answer, toy_task)
    wanted = plain + sum(0.3 * part for part in found.values())
    assert loss(model, answer, toy_task, **dict.fromkeys(found, 0.3)) == pytest.approx(
        wanted, rel=1e-4
    )


def test_smoothing_and_focus_are_those_of_the_loss(model, answer, toy_task):
    row, allowed, weight = given(toy_task)
    logits = answer.logits[row] + model.source_prior(torch.zeros(len(AT), dtype=torch.long))
    for options in ({"label_smoothing": 0.2}, {"focal_gamma": 2.0}):
        wanted = partial_label_loss(logits, allowed, weight, **options)
        wanted = float(wanted.detach())
        assert loss(model, answer, toy_task, **options) == pytest.approx(wanted, rel=1e-5)
        assert loss(model, answer, toy_task) != pytest.approx(wanted, rel=1e-3)


def test_l1_leaves_biases_out(model, answer, toy_task):
    before = loss(model, answer, toy_task, l1=1.0) - loss(model, answer, toy_task)
    shifted = EmotionGNN(CONFIG)
    shifted.load_state_dict(model.state_dict())
    with torch.no_grad():
        for weights in shifted.parameters():
            if weights.ndim == 1:
                weights += 5
    # The answer is given: weights reach the loss through the heads of tasks and the prior alone.
    after = loss(shifted, answer, toy_task, l1=1.0) - loss(shifted, answer, toy_task)
    assert after == pytest.approx(before, rel=1e-5)


def test_labels_that_may_be_several_are_not_compared(model, answer, toy_task):
    """Two posts that may both be anger or disgust need not be alike."""
    coarse = replace(toy_task, allowed=toy_task.allowed | toy_task.allowed[:, ::-1])
    several = coarse.allowed[AT].sum(axis=1) > 1
    assert several.any()
    row, _, _ = given(coarse)
    label = coarse.allowed[AT].argmax(axis=1)
    label[several] = -1
    wanted = supervised_contrastive_loss(answer.state[row], torch.from_numpy(label))
    found = loss(model, answer, coarse, contrastive=1.0) - loss(model, answer, coarse)
    assert found == pytest.approx(float(wanted.detach()), abs=1e-4)


def test_numbers_teach_the_valence_and_nothing_else(model, answer, toy_task):
    """Labels that allow all, with a valence: no loss of emotion, polarity or contrast."""
    count = len(toy_task.rows)
    numbers = replace(
        toy_task,
        allowed=np.ones_like(toy_task.allowed),
        polarity=np.ones((count, 3), dtype=bool),
        valence=np.full(count, 0.5, dtype=np.float32),
    )
    none = loss(model, answer, numbers, polarity=1.0, contrastive=1.0, label_smoothing=0.1)
    assert none == pytest.approx(0, abs=1e-5)
    row, _, weight = given(numbers)
    pred = model.tasks(answer.state)[VALENCE][row]
    wanted = float(valence_loss(pred, torch.full((len(AT),), 0.5), weight).detach())
    assert loss(model, answer, numbers, valence=2.0) == pytest.approx(2 * wanted, abs=1e-5)


@pytest.mark.parametrize(
    ("option", "change", "message"),
    [
        ("polarity", {"polarity": None}, "the labels say nothing of polarity"),
        ("valence", {"valence": None}, "no label has a valence; expected emotions, or numbers"),
    ],
)
def test_a_task_that_no_label_speaks_of(model, answer, toy_task, option, change, message):
    with pytest.raises(LabelError, match=message):
        loss(model, answer, replace(toy_task, **change), **{option: 1.0})


def fused(fusion: str, modalities: tuple[str, ...]):
    torch.manual_seed(0)
    config = ModelConfig(
        ("joy", "anger", "fear"),
        {name: WIDTHS[name] for name in ("post", *modalities)},
        conv="none",
        hidden_channels=8,
        num_layers=0,
        heads=2,
        modalities=modalities,
        fusion=fusion,
    )
    x = {name: [torch.randn(6, WIDTHS[name])] for name in config.in_channels}
    present = {name: [torch.arange(6) % 5 != 4] for name in config.in_channels}
    model = EmotionGNN(config).eval()
    label = np.arange(6) % 3
    task = Task(
        np.arange(6),
        np.eye(3, dtype=bool)[label],
        np.zeros(6, dtype=np.int64),
        np.ones(6, dtype=np.float32),
        np.zeros(6, dtype=np.int8),
    )
    return model, model.answer(x, present, []), task


def test_alignment_is_the_mean_over_the_modalities_of_a_post():
    model, answer, task = fused("mid", ("image", "video"))
    rows = np.arange(6)
    objective = Objective(task, replace(PLAIN, alignment=2.0))
    found = objective.loss(model, answer, rows, torch.from_numpy(rows))
    plain = Objective(task, PLAIN).loss(model, answer, rows, torch.from_numpy(rows))
    tokens, present = answer.content.fused.tokens, answer.content.present
    wanted = [
        alignment_loss(tokens["post"], tokens[name], present["post"] & present[name])
        for name in ("image", "video")
    ]
    assert min(wanted) > 0
    torch.testing.assert_close(found - plain, 2 * sum(wanted) / 2)


@pytest.mark.parametrize(("fusion", "modalities"), [("early", ("image",)), ("mid", ())])
def test_alignment_needs_tokens_of_two_modalities(fusion, modalities):
    model, answer, task = fused(fusion, modalities)
    rows = np.arange(6)
    with pytest.raises(ContractError, match="alignment needs tokens of two modalities or more"):
        Objective(task, replace(PLAIN, alignment=1.0)).loss(
            model, answer, rows, torch.from_numpy(rows)
        )
