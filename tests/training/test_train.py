"""From a toy dump to a judged model: where only context decides, only the graph model knows."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from gnn_emotion.graph.build import build_graph, node_ids
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.schema.emotions import label_polarity, label_set
from gnn_emotion.schema.errors import ContractError, GnnEmotionError
from gnn_emotion.schema.features import OK, Features
from gnn_emotion.training.checkpoint import Checkpoint
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.fitted import Fitted
from gnn_emotion.training.labels import make_task, stated_labels
from gnn_emotion.training.model_card import model_card
from gnn_emotion.training.task import TEST, VAL, Task
from gnn_emotion.training.train import bootstrap_threads, judge, train_as, train_model
from gnn_emotion.training.train_options import TrainOptions

from .conftest import CONTRACT, MOODS, REPLIES, THREADS, WIDTH

pytestmark = pytest.mark.usefixtures("one_thread")
FIT = FitOptions(epochs=25, patience=10, batch_size=64, learning_rate=0.01)
GRAPH = TrainOptions(hidden_channels=16, heads=2, dropout=0.1, fit=FIT)
TWIN = replace(GRAPH, conv="none")


def config_of(options: TrainOptions, sources: tuple[str, ...] = ("ekman7",)) -> ModelConfig:
    return options.model_config(CONTRACT, sources)


@pytest.fixture(scope="module")
def train(toy_graph, toy_task):
    """Return a function: options -> the fitted model; each is fitted once."""
    kept: dict[TrainOptions, Fitted] = {}

    def fitted(options: TrainOptions) -> Fitted:
        key = repr(options)
        if key not in kept:
            kept[key] = train_model(toy_graph, toy_task, config_of(options), options.fit)
        return kept[key]

    return fitted


def test_the_toy_has_every_mood_on_every_side(toy_task):
    assert len(toy_task.rows) == THREADS * REPLIES
    for split in range(3):
        assert toy_task.allowed[toy_task.at(split)].any(axis=0).sum() == len(MOODS)


@pytest.mark.parametrize("conv", ["gat", "gatv2", "gcn"])
def test_context_beats_the_text_only_twin(train, conv):
    graph = train(replace(GRAPH, conv=conv)).scores["test"]["ekman7"]["macro_f1"]
    alone = train(TWIN).scores["test"]["ekman7"]["macro_f1"]
    assert graph > 0.95
    assert alone < 0.6


def test_scores_are_those_of_the_splits(train, toy_task):
    scores = train(GRAPH).scores
    assert list(scores) == ["val", "test"]
    assert scores["val"]["ekman7"]["support"] == len(toy_task.at(VAL))
    assert scores["test"]["ekman7"]["support"] == len(toy_task.at(TEST))


def test_the_best_validation_score_is_that_of_the_history(train):
    fitted = train(TWIN)
    best = max(epoch.val_macro_f1 for epoch in fitted.histories[0])
    assert fitted.scores["val"]["ekman7"]["macro_f1"] == pytest.approx(best)


def test_labels_that_no_post_has_get_no_chance(train):
    prior = train(GRAPH).model.source_prior(torch.tensor([0]))[0]
    names = config_of(GRAPH).labels
    assert {names[k] for k in torch.nonzero(prior > -100).flatten()} == set(MOODS)


def test_a_model_that_knows_nothing_is_not_sure(train):
    """Calibrated on validation posts, noise gets about the confidence that it deserves."""
    fitted = train(TWIN)
    assert fitted.members[0].temperature > 1
    assert fitted.abstain_below < 0.5
    assert fitted.scores["test"]["ekman7"]["ece"] < 0.25


def test_each_source_is_judged_by_itself(toy_task):
    source = np.arange(len(toy_task.rows)) % 2
    task = replace(toy_task, source=source)
    config = config_of(GRAPH, ("even", "odd", "empty"))
    at = task.at(TEST)
    probs = task.allowed[at] * 0.9 + 0.1 / 7
    probs[source[at] == 1] = np.roll(probs[source[at] == 1], 1, axis=1)
    found = judge(probs, task, TEST, config)
    assert {name: scores["accuracy"] for name, scores in found.items()} == {"even": 1, "odd": 0}


@pytest.mark.parametrize(("named", "chosen"), [(None, "many"), ("few", "few")])
def test_the_source_that_answers_for_new_posts(toy_graph, toy_task, named, chosen):
    task = replace(toy_task, source=(np.arange(len(toy_task.rows)) % 3 > 0).astype(np.int64))
    quick = replace(FIT, epochs=1)
    config = config_of(GRAPH, ("few", "many"))
    fitted = train_model(toy_graph, task, config, quick, named)
    assert fitted.default_source == chosen
    checkpoint = fitted.checkpoint(GRAPH, CONTRACT)
    assert config.sources[checkpoint.source] == chosen


def test_without_validation_and_test_posts(toy_graph, toy_task):
    """Nothing to calibrate or judge on: a model all the same."""
    task = replace(toy_task, split=np.zeros_like(toy_task.split))
    fitted = train_model(toy_graph, task, config_of(TWIN), replace(FIT, epochs=2))
    assert (fitted.members[0].temperature, fitted.abstain_below) == (1.0, 0.0)
    assert fitted.scores == {"val": {}, "test": {}}


def test_checkpoint_and_model_card(train, tmp_path):
    fitted = train(GRAPH)
    checkpoint = fitted.checkpoint(GRAPH, CONTRACT)
    card = model_card(checkpoint, fitted, intended="For tests.")
    checkpoint.save(tmp_path, card)
    loaded = Checkpoint.load(tmp_path)
    assert loaded.members[0].temperature == fitted.members[0].temperature
    assert loaded.training["fit"]["learning_rate"] == FIT.learning_rate
    scores = fitted.scores["test"]["ekman7"]
    row = f"| test | ekman7 | {scores['support']} | {scores['macro_f1']:.3f} |"
    for line in (
        "For tests.",
        "- graph: 2 layer(s) of gat, 16 wide",
        "- features of post: `toy` revision `1`, 4 wide",
        f"- {checkpoint.num_parameters:,} fitted numbers",
        "- answers with the label prior of `ekman7`",
        "Label sources: `ekman7`.",
        row,
    ):
        assert line in card
    assert card == (tmp_path / "README.md").read_text(encoding="utf-8")


def test_the_card_of_a_twin_says_so(train):
    fitted = train(TWIN)
    card = model_card(fitted.checkpoint(TWIN, CONTRACT), fitted, data="Made up.")
    assert "- graph: none\n- a post is read by its text alone" in card
    assert "Made up." in card
    assert "Label sources" not in card


def test_options_that_cannot_be():
    with pytest.raises(GnnEmotionError, match="unknown split 'tme'; did you mean 'time'"):
        TrainOptions(split="tme")
    with pytest.raises(ContractError, match="unknown conv 'gta'"):
        config_of(TrainOptions(conv="gta"))


def test_an_ensemble_is_the_mean_of_its_members(toy_graph, toy_task, tmp_path):
    quick = replace(FIT, epochs=2)
    config = config_of(GRAPH)
    three = train_model(toy_graph, toy_task, config, quick, members=3)
    alone = [
        train_model(toy_graph, toy_task, config, replace(quick, seed=seed)) for seed in range(3)
    ]
    mean = np.mean([one.probs[TEST] for one in alone], axis=0)
    np.testing.assert_allclose(three.probs[TEST], mean, atol=1e-9)
    assert not np.allclose(alone[0].probs[TEST], alone[1].probs[TEST])
    checkpoint = three.checkpoint(GRAPH, CONTRACT)
    checkpoint.save(tmp_path, model_card(checkpoint, three))
    loaded = Checkpoint.load(tmp_path)
    assert len(loaded.members) == 3
    for own, read in zip(three.members, loaded.members, strict=True):
        assert own.temperature == read.temperature
        for name, weights in own.model.state_dict().items():
            assert torch.equal(weights, read.model.state_dict()[name])


def test_bagging_draws_threads_whole(toy_graph, toy_task):
    drawn = bootstrap_threads(toy_task, toy_graph, 5)
    thread = toy_graph["post"].thread.numpy()[toy_task.rows]
    train = toy_task.split == 0
    for one in np.unique(thread[train]):
        here = thread == one
        assert len(np.unique(drawn.weight[here])) == 1
        assert len(np.unique(drawn.split[here])) == 1
    used = train & (drawn.split == 0)
    assert 0.5 < used.sum() / train.sum() < 0.75
    assert drawn.weight[used].sum() == pytest.approx(train.sum())
    assert (drawn.split[~train] == toy_task.split[~train]).all()
    quick = replace(FIT, epochs=2)
    config = config_of(GRAPH)
    plain = train_model(toy_graph, toy_task, config, quick, members=2)
    bagged = train_model(toy_graph, toy_task, config, quick, members=2, bagging=True)
    assert not np.allclose(plain.probs[TEST], bagged.probs[TEST])


@pytest.fixture(scope="module")
def chatter(make_dump):
    """Threads of seven posts of one mood each; words say nothing, only labels around do."""
    posts, labels = [], []
    for thread in range(60):
        for place in range(7):
            name = f"t{thread:03d}-{place}"
            own = {"root_id": f"t{thread:03d}-0", "created_at": place}
            posts.append({"post_id": name, "user_id": f"u{thread}", **own})
            labels.append({"post_id": name, "label_set": "ekman7", "label": MOODS[thread % 3]})
    dump = make_dump(posts=posts, labels=labels)
    ids = node_ids(dump, "post").combine_chunks()
    x = np.random.default_rng(0).standard_normal((len(ids), WIDTH)).astype(np.float32)
    here = np.ones(len(ids), dtype=bool)
    code = np.full(len(ids), OK, dtype=np.uint8)
    users = pa.array([], pa.string())
    features = {
        "post": Features(ids, x, here, code, CONTRACT["post"]),
        "user": Features(users, np.empty((0, 2), "f4"), here[:0], code[:0], CONTRACT["user"]),
    }
    # By place in the thread: most posts are of the train split, and stand before the others.
    split = np.array([0, 0, 0, 0, 0, 1, 2], dtype=np.int8)[np.arange(len(ids)) % 7]
    return build_graph(dump, features), make_task(stated_labels(dump), split)


@pytest.mark.parametrize("conv", ["gcn", "none", "sign"])
def test_labels_around_a_post_are_heard_where_they_are_asked_for(chatter, conv):
    graph, task = chatter
    deaf = replace(GRAPH, conv=conv, num_layers=1)
    heard = replace(deaf, label_inputs=True)
    scores = [
        train_model(graph, task, config_of(options), FIT).scores["test"]["ekman7"]["accuracy"]
        for options in (deaf, heard)
    ]
    # The words of neighbours, noise as they are, can be known by heart.
    assert scores[0] < 0.8 < 0.95 < scores[1]


def test_correct_and_smooth_is_used_where_it_is_asked_for(chatter):
    graph, task = chatter
    config = config_of(replace(GRAPH, conv="none"))
    fitted = train_model(graph, task, config, replace(FIT, epochs=3), smooth=True)
    assert fitted.smooth is not None
    assert fitted.smooth.smoothing > 0
    assert fitted.scores["test"]["ekman7"]["accuracy"] > 0.9
    turned = replace(task, allowed=task.allowed.copy())
    turned.allowed[task.at(TEST)] = np.roll(task.allowed[task.at(TEST)], 1, axis=1)
    again = train_model(graph, turned, config, replace(FIT, epochs=3), smooth=True)
    np.testing.assert_array_equal(again.probs[TEST], fitted.probs[TEST])


def test_data_sets_of_other_labels_train_together(toy_graph, toy_task):
    """A few labels of emotions, many of polarity: joy is told apart by the latter."""
    polarity = label_polarity("ekman7")
    names = list(label_set("ekman7").labels)
    train_at = toy_task.at(0)
    few = replace(toy_task, split=toy_task.split.copy())
    few.split[train_at[6:]] = -1
    coarse = (toy_task.allowed[train_at[6:], :, None] & polarity).any(axis=1) @ polarity.T
    both = Task(
        rows=np.r_[few.rows, toy_task.rows[train_at[6:]]],
        allowed=np.r_[few.allowed, coarse],
        source=np.r_[few.source, np.ones(len(coarse), dtype=np.int64)],
        weight=np.r_[few.weight, np.ones(len(coarse), dtype=np.float32)],
        split=np.r_[few.split, np.zeros(len(coarse), dtype=np.int8)],
    )
    alone = train_model(toy_graph, few, config_of(GRAPH), FIT, "ekman7")
    config = config_of(GRAPH, ("ekman7", "polarity3"))
    together = train_model(toy_graph, both, config, FIT, "ekman7")
    at = toy_task.at(TEST)
    joy = toy_task.allowed[at, names.index("joy")]

    def right(fitted: Fitted) -> float:
        return float(((fitted.probs[TEST].argmax(axis=1) == names.index("joy")) == joy).mean())

    assert right(together) > right(alone)
    assert right(together) > 0.9


def test_it_abstains_on_as_many_as_it_is_asked_to(toy_graph, toy_task):
    quick, config = replace(FIT, epochs=3), config_of(GRAPH)
    for share in (0.0, 0.3):
        fitted = train_model(toy_graph, toy_task, config, quick, abstain_share=share)
        below = fitted.probs[VAL].max(axis=1) < fitted.abstain_below
        assert below.mean() == pytest.approx(share, abs=0.02)


def test_options_say_how_it_is_trained(toy_graph, toy_task):
    quick = replace(GRAPH, fit=replace(FIT, epochs=2), members=2, bagging=True, abstain_share=0.4)
    asked = replace(quick, correct_and_smooth=True)
    found = train_as(asked, toy_graph, toy_task, ("ekman7",), CONTRACT)
    assert len(found.members) == 2 and found.smooth is not None
    same = train_model(
        toy_graph,
        toy_task,
        config_of(asked),
        asked.fit,
        members=2,
        bagging=True,
        smooth=True,
        abstain_share=0.4,
    )
    assert found.abstain_below == same.abstain_below
    np.testing.assert_array_equal(found.probs[TEST], same.probs[TEST])


def numbered(task: Task, kept: int) -> Task:
    """Let all but some labels be numbers of a second source: they allow every emotion."""
    rng = np.random.default_rng(0)
    number = rng.permutation(len(task.rows)) >= kept
    allowed = task.allowed | number[:, None]
    return replace(task, allowed=allowed, source=number.astype(np.int64))


def test_labels_that_may_be_any_are_no_judges(toy_graph, toy_task):
    """Most labels are numbers, by which every answer is right: scores are those of the others."""
    task = numbered(toy_task, 120)
    config = config_of(replace(GRAPH, fit=replace(FIT, valence=0.5)), ("ekman7", "valence"))
    fitted = train_model(toy_graph, task, config, replace(FIT, epochs=2, valence=0.5))
    assert fitted.default_source == "ekman7"
    assert fitted.members[0].temperature != 1
    for split, code in (("val", VAL), ("test", TEST)):
        (scores,) = fitted.scores[split].values()
        assert list(fitted.scores[split]) == ["ekman7"]
        assert scores["support"] == len(task.judged(code)) < len(task.at(code)) / 2
    last = max(epoch.val_macro_f1 for epoch in fitted.histories[0])
    assert fitted.scores["val"]["ekman7"]["macro_f1"] == pytest.approx(last)
    assert fitted.probs[VAL].shape == (len(task.at(VAL)), 7)


@pytest.mark.parametrize("name", ["valence", "polarity"])
def test_a_further_task_reaches_the_emotion_through_the_state(toy_graph, toy_task, name):
    """Two emotions a mood, and many labels of a further task: silenced, they are missed.

    The mean over seeds of how well joy is told apart; features are noisy, so that six labels are
    too few.
    """
    noise = np.random.default_rng(1).standard_normal(toy_graph["post"].x.shape)
    graph = copy.copy(toy_graph)
    graph["post"].x = toy_graph["post"].x + torch.from_numpy(noise.astype(np.float32))
    train_at, label = toy_task.at(0), toy_task.allowed.argmax(axis=1)
    few = np.concatenate([train_at[label[train_at] == mood][:2] for mood in np.unique(label)])
    other = np.isin(np.arange(len(label)), np.setdiff1d(train_at, few))
    task = replace(
        toy_task, allowed=toy_task.allowed | other[:, None], source=other.astype(np.int64)
    )
    silent = replace(
        task,
        polarity=task.stated_polarity | other[:, None],
        valence=np.where(other, np.float32(np.nan), task.stated_valence),
    )
    joy, at = label_set("ekman7").labels.index("joy"), toy_task.at(TEST)

    def right(given: Task) -> float:
        found = []
        for seed in range(3):
            options = replace(FIT, seed=seed, **{name: 1.0})
            config = config_of(replace(GRAPH, fit=options), ("ekman7", "other"))
            fitted = train_model(graph, given, config, options, "ekman7")
            pred = fitted.probs[TEST].argmax(axis=1)
            found.append(float(((pred == joy) == (label[at] == joy)).mean()))
        return float(np.mean(found))

    assert right(task) > right(silent) + 0.03


def test_who_is_judged_is_not_told_its_own_label_even_where_it_is_written(chatter):
    """Labels that stand in texts are heard in every split, but not spread to who is judged."""
    graph, task = chatter
    config, quick = config_of(replace(GRAPH, conv="none")), replace(FIT, epochs=3)
    written = replace(task, heard=np.ones(len(task.rows), dtype=bool))
    plain = train_model(graph, task, config, quick, smooth=True)
    found = train_model(graph, written, config, quick, smooth=True)
    assert found.smooth == plain.smooth
    for split in (VAL, TEST):
        np.testing.assert_array_equal(found.probs[split], plain.probs[split])
