"""Options from tables: what is not named stays, what cannot be is refused in one line."""

from __future__ import annotations

import pytest

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.training.feature_selection import FeatureReduction, FeatureSelection
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.preparation import PrepareOptions
from gnn_emotion.training.train_options import TrainOptions, from_table, placed

BASE = TrainOptions(
    encoders={"post": "tfidf", "user": "profile"},
    dropout=0.1,
    prepare=PrepareOptions({"image": FeatureSelection("variance", 8)}),
    fit=FitOptions(epochs=7, clip=1.0),
)


def test_an_empty_table_is_the_base():
    assert from_table({}) == TrainOptions()
    assert from_table({}, BASE) == BASE


def test_what_is_not_named_stays():
    found = from_table({"heads": 2, "fit": {"epochs": 3}}, BASE)
    assert (found.heads, found.dropout) == (2, 0.1)
    assert (found.fit.epochs, found.fit.clip) == (3, 1.0)
    assert BASE.fit.epochs == 7


def test_options_are_placed_where_they_belong():
    table = placed({"conv": "gcn", "epochs": 3, "heads": 2, "balance": 1.0})
    assert table == {"conv": "gcn", "heads": 2, "fit": {"epochs": 3, "balance": 1.0}}
    assert placed({"conv": "gcn"}) == {"conv": "gcn"}


def test_text_is_what_posts_say_and_other_encoders_stay():
    found = from_table({"encoders": {"text": "bow", "image": "affect"}}, BASE)
    assert found.encoders == {"post": "bow", "user": "profile", "image": "affect"}


def test_features_are_prepared_by_table():
    table = {
        "select": {"text": {"method": "variance", "keep": 0.5}},
        "reduce": {"image": {"method": "pca", "dim": 4}},
    }
    assert from_table({"prepare": table}, BASE).prepare == PrepareOptions(
        {"image": FeatureSelection("variance", 8), "post": FeatureSelection("variance", 0.5)},
        {"image": FeatureReduction("pca", 4)},
    )


@pytest.mark.parametrize("name", ["rev_replies_to", "post__rev_replies_to__post"])
def test_edges_by_the_name_of_their_relation(name):
    assert from_table({"edge_types": [name]}).edge_types == ("post__rev_replies_to__post",)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"con": "gat"}, "unknown option 'con'; did you mean 'conv'"),
        ({"fit": {"epoch": 3}}, "unknown option fit.epoch; did you mean 'epochs'"),
        ({"fit": 3}, "option fit is 3; expected a table"),
        ({"fit": {"epochs": "5"}}, "option fit.epochs is '5'; expected a whole number"),
        ({"fit": {"epochs": 2.5}}, "option fit.epochs is 2.5; expected a whole number"),
        ({"fit": {"seed": True}}, "option fit.seed is True; expected a whole number"),
        ({"fit": {"optimizer": "adm"}}, "unknown optimizer 'adm'; did you mean 'adam'"),
        ({"dropout": "0.1"}, "option dropout is '0.1'; expected a number"),
        ({"emoticons": 1}, "option emoticons is 1; expected true or false"),
        ({"conv": 3}, "option conv is 3; expected a text"),
        ({"encoders": "bow"}, "option encoders is 'bow'; expected a table"),
        ({"encoders": {"text": 3}}, "option encoders.text is 3; expected a text"),
        ({"edge_types": "sibling"}, "option edge_types is 'sibling'; expected a list of texts"),
        ({"edge_types": [3]}, r"option edge_types is \[3\]; expected a list of texts"),
        ({"edge_types": ["siblng"]}, "did you mean 'sibling'"),
        ({"prepare": {"selct": {}}}, "unknown option prepare.selct; did you mean 'select'"),
        ({"prepare": {"select": {"image": 3}}}, "prepare.select.image is 3; expected a table"),
        ({"prepare": {"reduce": {"image": {"metod": 1}}}}, "prepare.reduce.image: .*'metod'"),
        ({"split": "tme"}, "unknown split 'tme'; did you mean 'time'"),
        ({"fusion": "late_"}, "unknown fusion 'late_'; did you mean 'late'"),
        ({"label_set": "ekmann7"}, "unknown label set 'ekmann7'; did you mean 'ekman7'"),
        ({"members": 0}, "members is 0; expected 1 or more"),
    ],
)
def test_what_cannot_be_is_one_line(table, message):
    with pytest.raises(GnnEmotionError, match=message) as caught:
        from_table(table)
    assert "\n" not in str(caught.value)


def config_of(**options) -> ModelConfig:
    contract = {"post": EncoderSpec("toy", "1", 4), "user": EncoderSpec("toy", "1", 2)}
    return TrainOptions(**options).model_config(contract, ("a",))


def test_the_shape_of_the_model_is_what_was_asked_for():
    config = config_of(label_set="polarity3", conv="gcn", num_layers=3, hidden_channels=16)
    assert config.labels == ("negative", "neutral", "positive")
    assert (config.conv, config.num_layers, config.hidden_channels) == ("gcn", 3, 16)
    assert config_of(conv="none", num_layers=3).num_layers == 0
    assert config_of(fit=FitOptions(valence=0.5)).tasks == ("valence",)
    heard = config_of(label_inputs=True, label_masking=0.7, edge_types=("post__sibling__post",))
    assert [relation[1] for relation in heard.label_relations] == ["sibling"]
    assert heard.label_masking == 0.7
