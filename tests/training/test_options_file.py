"""What is written as TOML is read back as it was."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.training.feature_selection import FeatureReduction, FeatureSelection
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.options_file import options_toml, to_toml
from gnn_emotion.training.preparation import PrepareOptions
from gnn_emotion.training.train_options import TrainOptions, from_table

TEXT = st.text(st.characters(codec="utf-8"))
NUMBER = st.integers(-(2**62), 2**62) | st.floats(allow_nan=False)
PLAIN = st.booleans() | NUMBER | TEXT
VALUE = PLAIN | st.lists(PLAIN, max_size=3)
TABLE = st.recursive(
    st.dictionaries(TEXT, VALUE, max_size=3),
    lambda inner: st.dictionaries(TEXT, VALUE | inner, max_size=3),
    max_leaves=5,
)


@given(TABLE)
def test_any_table(table):
    assert tomllib.loads(to_toml(table)) == table


def test_options():
    options = TrainOptions(
        encoders={"post": 'a "quoted"\\name', "user": "profile", "图": "文件"},
        conv="gcn",
        edge_types=("post__rev_replies_to__post",),
        split="folder/splits.csv",
        prepare=PrepareOptions(
            {"图": FeatureSelection("variance", 10)}, {"post": FeatureReduction("pca", 8)}
        ),
        bagging=True,
        fit=FitOptions(learning_rate=1e-05, seed=7),
    )
    assert from_table(tomllib.loads(options_toml(options))) == options
    assert from_table(tomllib.loads(options_toml(TrainOptions()))) == TrainOptions()
