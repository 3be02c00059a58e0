"""Models without a graph, by the same calls as those with one; the lexicon is invented."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from gnn_emotion.encoders.text.load_text import encode_posts, load_text_encoder
from gnn_emotion.pipeline import train
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.batch import ScoreOptions, score_posts
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.calibration import calibrated
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.task import TRAIN
from gnn_emotion.training.train_options import TrainOptions
from gnn_emotion.training_data import training_data

from .encoders.text.classifiers.conftest import make_texts, write_lexicon

pytestmark = pytest.mark.usefixtures("one_thread")
LABELS = {1: "joy", 2: "anger", 5: "sadness"}
TOKENS = "tokens?max_length=32&min_count=1"
QUIET = ScoreOptions(progress=False)


def labelled_posts(count: int, seed: int) -> tuple[list[dict], list[str]]:
    texts, label = make_texts(count, seed)
    rows = [
        {"post_id": f"p{i:04d}", "own_text": text, "text": text, "created_at": 60 * i}
        for i, text in enumerate(texts.to_pylist())
    ]
    return rows, [LABELS[i] for i in label]


@pytest.fixture(scope="module")
def posts(make_dump) -> Dump:
    """Posts on their own, of whose words one in six tells the label."""
    rows, names = labelled_posts(400, seed=5)
    labels = [
        {"post_id": row["post_id"], "label_set": "ekman7", "label": name}
        for row, name in zip(rows, names, strict=True)
    ]
    return make_dump(posts=rows, labels=labels)


@pytest.fixture(scope="module")
def new_posts(make_dump) -> tuple[Dump, np.ndarray]:
    rows, names = labelled_posts(120, seed=6)
    return make_dump(posts=rows), np.array(names)


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = ["高兴,a,1,1,PA,7,1", "开心,a,1,1,PA,7,1", "愤怒,a,1,1,NA,7,2", "难过,a,1,1,NB,5,2"]
    return write_lexicon(tmp_path_factory.mktemp("words"), rows)


def options(name: str, conv: str = "none", head: str = "", **more) -> TrainOptions:
    return TrainOptions(
        encoders={"post": name, "user": "profile"},
        conv=conv,
        text_head=head,
        hidden_channels=16,
        fit=FitOptions(epochs=12, batch_size=64, learning_rate=1e-2),
        **more,
    )


def say(folder: Path, dump: Dump) -> np.ndarray:
    """Return the probabilities that a model, loaded from a folder, gives to posts."""
    _, predicted = score_posts(dump, Predictor.load(folder), folder / "shards", QUIET)
    return predicted.probs


BASELINES = {
    "svm": options("svm", "as_is"),
    "naive_bayes": options("naive_bayes", "as_is"),
    "logistic": options("logistic", "as_is"),
    "mlp": options("tfidf?min_count=1"),
    "cnn": options(TOKENS, head="cnn"),
    "lstm": options(TOKENS, head="lstm"),
    "transformer": options(TOKENS, head="transformer"),
}


@pytest.fixture(scope="module")
def probs(posts, new_posts, lexicon, tmp_path_factory) -> dict[str, np.ndarray]:
    """Return what each baseline, loaded again, says of new posts."""
    found = {}
    for name, how in {**BASELINES, "lexicon": options(f"lexicon:{lexicon}", "as_is")}.items():
        folder = tmp_path_factory.mktemp(name)
        train(posts, folder, how)
        found[name] = say(folder, new_posts[0])
    return found


@pytest.mark.parametrize("name", [*BASELINES, "lexicon"])
def test_each_learns_and_is_loaded_again(probs, new_posts, name):
    labels = np.array(["neutral", "joy", "anger", "disgust", "fear", "sadness", "surprise"])
    right = (labels[probs[name].argmax(axis=1)] == new_posts[1]).mean()
    # The lexicon knows four of the nine words; three in five posts are of joy.
    assert right > (0.4 if name == "lexicon" else 0.85)
    np.testing.assert_allclose(probs[name].sum(axis=1), 1, rtol=1e-6)


def test_no_two_are_the_same(probs):
    """All are sure of most answers: they are told apart by how sure."""
    named = list(LABELS)
    says = {name: np.log(found[:, named]) for name, found in probs.items()}
    for one, other in combinations(says, 2):
        assert np.abs(says[one] - says[other]).max() > 0.1, (one, other)


@pytest.mark.parametrize("name", ["svm", "lexicon"])
def test_scores_as_they_are_are_the_encoders(posts, new_posts, lexicon, tmp_path, name):
    """But for one temperature, and labels that the data never name."""
    encoder = f"lexicon:{lexicon}" if name == "lexicon" else name
    fitted = train(posts, tmp_path, options(encoder, "as_is"))
    member = fitted.members[0]
    assert fitted.histories == ([],)
    columns = encode_posts(new_posts[0], load_text_encoder(encoder, tmp_path)).x
    known = np.isin(np.arange(7), list(LABELS))
    expected = calibrated(np.where(known, columns, -1e4), member.temperature)
    found = say(tmp_path, new_posts[0])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert member.temperature != 1.0


def test_another_label_set(posts, new_posts, tmp_path):
    """Three columns in place of seven, and answers among them."""
    train(posts, tmp_path, options("logistic", "as_is", label_set="polarity3"))
    found = say(tmp_path, new_posts[0])
    expected = np.where(new_posts[1] == "joy", 2, 0)  # negative, neutral, positive
    assert found.shape == (120, 3)
    assert (found.argmax(axis=1) == expected).mean() > 0.95


def test_features_that_are_no_scores_are_not_taken_for_such(posts, tmp_path):
    with pytest.raises(ContractError, match=r"takes the 9 columns .* of 7 labels"):
        train(posts, tmp_path, options("tfidf?dim=9&min_count=1", "as_is"))


def test_a_model_that_builds_on_scores_is_trained_on_those_of_others(posts):
    """Rows of the train split are not what the encoder itself gives; all others are."""
    with training_data(posts, options("svm", "gat")) as ready:
        encoder = load_text_encoder("svm", ready.encoder_files[0].parent)
        own = encode_posts(posts, encoder).x
    given = ready.data["post"].x.numpy()
    seen = np.zeros(len(own), dtype=bool)
    seen[ready.task.rows[ready.task.at(TRAIN)]] = True
    assert (given[seen] != own[seen]).any(axis=1).mean() > 0.9
    np.testing.assert_array_equal(given[~seen], own[~seen])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (options(TOKENS), "text head '' with .* token numbers; expected a text head"),
        (options("tfidf?min_count=1", head="cnn"), "text head 'cnn' with 0 token numbers"),
        (options(TOKENS, "sign", head="cnn", num_layers=2), "token numbers cannot be averaged"),
    ],
)
def test_heads_and_tokens_go_together(posts, tmp_path, how, message):
    with pytest.raises(ContractError, match=message):
        train(posts, tmp_path, how)


def test_another_lexicon_than_in_training_is_refused(posts, lexicon, tmp_path):
    train(posts, tmp_path / "model", options(f"lexicon:{lexicon}", "as_is"))
    other = write_lexicon(tmp_path / "other")
    with pytest.raises(ContractError, match="come from 'lexicon' revision"):
        Predictor.load(tmp_path / "model", f"lexicon:{other}")
    moved = lexicon.rename(tmp_path / "moved")
    Predictor.load(tmp_path / "model", f"lexicon:{moved}")
    moved.rename(lexicon)
