"""Options of training from the command line and from files, wrong ones too."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

QUICK = ("--epochs", 2, "--layers", 1, "--hidden", 8)
TOML = """
conv = "gcn"
num_layers = 1
hidden_channels = 8
edge_types = ["rev_replies_to"]
encoders = {text = "tfidf?dim=16"}

[fit]
epochs = 3
optimizer = "rmsprop"
"""


def trained(folder: Path) -> dict:
    return json.loads((folder / "config.json").read_text())["training"]


def test_a_file_says_what_the_command_line_does_not(run, posts, tmp_path):
    (tmp_path / "o.toml").write_text(TOML)
    ran = run(
        "train", posts, "--output", tmp_path / "m", "--config", tmp_path / "o.toml", "--epochs", 2
    )
    assert ran.code == 0, ran.err
    found = trained(tmp_path / "m")
    assert (found["conv"], found["edge_types"]) == ("gcn", ["post__rev_replies_to__post"])
    assert (found["fit"]["epochs"], found["fit"]["optimizer"]) == (2, "rmsprop")
    assert found["encoders"]["post"] == "tfidf?dim=16"
    assert found["heads"] == 4


def test_edges_by_the_name_of_their_relation(run, posts, tmp_path):
    ran = run(
        "train", posts, "--output", tmp_path / "m", *QUICK, "--edge", "rev_replies_to",
        "--edge", "sibling", "--edge-time", "--label-inputs", "--num-neighbors", 3,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    found = trained(tmp_path / "m")
    assert found["edge_types"] == ["post__rev_replies_to__post", "post__sibling__post"]
    assert found["edge_time"] and found["label_inputs"]
    assert found["fit"]["num_neighbors"] == 3
    ran = run("train", posts, "--output", tmp_path / "m", "--edge", "siblng")
    assert ran.code == 2
    assert "did you mean 'sibling'" in ran.err


def test_a_split_from_a_file(run, posts, tmp_path):
    ids = pd.read_csv(posts, dtype=str).post_id
    sides = ["train"] * 120 + ["dev"] * 30 + ["test"] * 50
    table = pd.DataFrame({"post_id": ids, "split": sides})
    table.to_csv(tmp_path / "s.csv", index=False)
    ran = run("train", posts, "--output", tmp_path / "m", *QUICK, "--split", tmp_path / "s.csv")
    assert ran.code == 0, ran.err
    assert "| test | ekman7 | 50 |" in ran.out
    assert "| val | ekman7 | 30 |" in ran.out
    table.assign(split=["trane", *sides[1:]]).to_csv(tmp_path / "s.csv", index=False)
    ran = run("train", posts, "--output", tmp_path / "m", *QUICK, "--split", tmp_path / "s.csv")
    assert ran.code == 1
    assert "row 1: unknown split 'trane'; did you mean 'train'" in ran.err
    ran = run("train", posts, "--output", tmp_path / "m", *QUICK, "--split", tmp_path / "no.csv")
    assert ran.code == 1
    assert "there is no file" in ran.err and "no.csv" in ran.err
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    ran = run("train", posts, "--output", tmp_path / "m", *QUICK, "--split", tmp_path / "other.csv")
    assert ran.code == 1
    assert "post_id and split" in ran.err


@pytest.mark.parametrize(
    "options",
    [
        ("--conv", "hgt"),
        ("--conv", "sign"),
        ("--conv", "rgcn", "--edge-time"),
        ("--conv", "sage", "--members", 2, "--bagging"),
        ("--conv", "none", "--text-encoder", "tfidf+logistic"),
        ("--conv", "as_is", "--text-encoder", "svm"),
        ("--conv", "as_is", "--text-encoder", "naive_bayes"),
        ("--conv", "none", "--text-encoder", "tokens?max_length=16", "--text-head", "cnn"),
        ("--text-encoder", "tokens?max_length=16", "--text-head", "lstm", "--adversarial", "fgm"),
        ("--conv", "none", "--text-encoder", "tokens?max_length=16", "--text-head", "transformer"),
        ("--correct-and-smooth", "--conv", "gcn"),
        ("--label-set", "polarity3", "--valence", 0.5),
        ("--polarity", 0.5, "--contrastive", 0.1, "--focal-gamma", 1, "--label-smoothing", 0.1),
    ],
)
def test_every_kind_of_model_is_trained_scored_and_judged(run, posts, tmp_path, options):
    model = tmp_path / "m"
    ran = run("train", posts, "--output", model, *QUICK, *options)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("audit:")
    ran = run("score", posts, "--output", tmp_path / "out.parquet", "--model", model)
    assert ran.code == 0, ran.err
    table = pq.read_table(tmp_path / "out.parquet").to_pandas()
    probs = table[[name for name in table if name.startswith("prob_")]]
    assert len(table) == 200
    assert (probs.sum(axis=1) - 1).abs().max() < 1e-4
    assert table.valence.between(-1, 1).all()
    ran = run("evaluate", posts, "--model", model, "--output", tmp_path / "s.json")
    assert ran.code == 0, ran.err
    (scores,) = json.loads((tmp_path / "s.json").read_text()).values()
    low, high = scores["intervals"]["macro_f1"]
    assert low <= scores["macro_f1"] <= high


def test_evaluate_with_what_was_trained_on(run, posts, tmp_path):
    ran = run("train", posts, "--output", tmp_path / "m", *QUICK)
    ran = run(
        "evaluate", posts, "--model", tmp_path / "m", "--train", posts, "--figures", tmp_path / "f"
    )
    assert ran.code == 0, ran.err
    assert "stand word for word in the train split" in ran.out
    assert "without leaks:" in ran.out
    assert len(list((tmp_path / "f").glob("ekman7-*.png"))) == 3


def test_ablate(run, posts, tmp_path):
    config = tmp_path / "grid.toml"
    config.write_text(
        "seeds = [0, 1]\n[base]\nnum_layers = 1\nhidden_channels = 8\nfit = {epochs = 2}\n"
        "[grid]\nconv = ['gcn', 'none']\n"
    )
    ran = run("ablate", config, posts, "--output", tmp_path / "a")
    assert ran.code == 0, ran.err
    assert "| conv=gcn |" in ran.out and "| conv=gcn (shuffled) |" in ran.out
    assert "\nconv=gcn: " in ran.out
    found = {path.name for path in (tmp_path / "a").iterdir()}
    assert found >= {"ablation.md", "ablation.parquet", "ablation.png", "cells"}
    records = sorted((tmp_path / "a" / "cells").glob("*.json"))
    assert len(records) == 4 * 2
    times = [path.stat().st_mtime_ns for path in records]
    again = run("ablate", config, posts, "--output", tmp_path / "a")
    assert again.out == ran.out
    assert [path.stat().st_mtime_ns for path in records] == times
    config.write_text("[gird]\nconv = ['gcn']\n")
    ran = run("ablate", config, posts, "--output", tmp_path / "a")
    assert ran.code == 2
    assert "unknown part 'gird'; did you mean 'grid'" in ran.err


def test_encoders_and_columns_of_the_command_line_win(run, posts, tmp_path):
    """Also where the file calls them otherwise; what only the file says stays."""
    (tmp_path / "o.toml").write_text(
        "encoders = {text = 'bow?dim=8', user = 'profile'}\n"
        "[prepare.reduce]\ntext = {method = 'pca', dim = 4}\nuser = {method = 'pca', dim = 2}\n"
    )
    ran = run(
        "train", posts, "--output", tmp_path / "m", *QUICK, "--config", tmp_path / "o.toml",
        "--text-encoder", "tfidf?dim=16", "--reduce", "text=pca:3",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    found = trained(tmp_path / "m")
    assert found["encoders"] == {"post": "tfidf?dim=16", "user": "profile"}
    assert {name: how["dim"] for name, how in found["prepare"]["reduce"].items()} == {
        "post": 3,
        "user": 2,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("convv = 'gcn'", "unknown option 'convv'; did you mean 'conv'"),
        ("[fit]\nepochs = 0", "epochs is 0; expected 1 or more"),
        ("[fit]\nepoch = 1", "epoch"),
        ("conv = [", "is no TOML file"),
        ("edge_types = ['rev_reply_to']", "did you mean 'rev_replies_to'"),
        ("fit = 3", "option fit is 3; expected a table"),
        ("[fit]\nepochs = '5'", "option fit.epochs is '5'; expected a whole number"),
        ("dropout = 'x'", "option dropout is 'x'; expected a number"),
        ("encoders = 3", "option encoders is 3; expected a table"),
        ("edge_types = 'sibling'", "expected a list of texts"),
        ("prepare = 3", "option prepare is 3; expected a table"),
        ("[prepare]\nselect = 3", "option prepare.select is 3; expected a table"),
        ("[prepare.select]\nuser = {metod = 'x'}", "prepare.select.user"),
    ],
)
def test_a_wrong_file_is_one_clear_line(run, posts, tmp_path, text, message):
    (tmp_path / "o.toml").write_text(text)
    ran = run("train", posts, "--output", tmp_path / "m", "--config", tmp_path / "o.toml")
    assert ran.code == 2
    assert message in ran.err
    assert len(ran.err.strip().splitlines()[-1:]) == 1 and "Traceback" not in ran.err
    assert not (tmp_path / "m").exists()


def killed_in_the_third(monkeypatch) -> list[int]:
    """Kill what runs in the third epoch that there is; return one entry an epoch, as they come."""
    from gnn_emotion.training import fit as fitting

    real, epochs = fitting.validate, []

    def dies(*given):
        epochs.append(1)
        if len(epochs) == 3:
            raise OSError("killed")
        return real(*given)

    monkeypatch.setattr(fitting, "validate", dies)
    return epochs


def test_a_killed_training_goes_on(run, posts, tmp_path, monkeypatch):
    how = ("train", posts, "--epochs", 4, "--patience", 4, "--layers", 1, "--hidden", 8)
    whole = run(*how, "--output", tmp_path / "whole")
    assert whole.code == 0, whole.err
    epochs = killed_in_the_third(monkeypatch)
    assert run(*how, "--output", tmp_path / "m").code == 1
    assert {path.name for path in (tmp_path / "m").iterdir()} == {"unfinished"}
    again = run(*how, "--output", tmp_path / "m")
    assert again.code == 0, again.err
    assert len(epochs) == 3 + 2
    assert again.out.replace("/m", "/whole") == whole.out
    weights = "model.safetensors"
    assert (tmp_path / "m" / weights).read_bytes() == (tmp_path / "whole" / weights).read_bytes()
    assert not (tmp_path / "m" / "unfinished").exists()


def test_a_killed_ablation_goes_on(run, posts, tmp_path, monkeypatch):
    config = tmp_path / "grid.toml"
    config.write_text(
        "seeds = [0]\n[base]\nnum_layers = 1\nhidden_channels = 8\nfit = {epochs = 1}\n"
        "[grid]\nconv = ['gcn', 'none']\n"
    )
    epochs = killed_in_the_third(monkeypatch)
    assert run("ablate", config, posts, "--output", tmp_path / "a").code == 1
    assert not (tmp_path / "a" / "ablation.md").exists()
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "a" / "cells").glob("*.json")}
    assert len(kept) == 2
    ran = run("ablate", config, posts, "--output", tmp_path / "a")
    assert ran.code == 0, ran.err
    assert len(epochs) == 3 + 2
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    assert pq.read_table(tmp_path / "a" / "ablation.parquet").num_rows >= 4
    config.write_text("[grid")
    ran = run("ablate", config, posts, "--output", tmp_path / "a")
    assert ran.code == 2
    assert "is no TOML file" in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--device", "gpu"), "device is 'gpu'; expected cpu, cuda"),
        (("--device", "cuda:99"), "CUDA devices; expected cpu"),
        (("--device", "xpu"), "which this PyTorch does not have; expected cpu"),
        (("--learning-rate", "nan"), "learning_rate is nan; expected more than 0"),
        (("--weight-decay", "inf"), "weight_decay is inf; expected 0 or more"),
        (("--seed", "-1"), "seed is -1; expected 0 to"),
        (("--seed", str(2**70)), "expected 0 to"),
    ],
)
def test_values_that_cannot_be_are_wrong_usage(run, posts, tmp_path, arguments, message):
    ran = run("train", posts, "--output", tmp_path / "m", *arguments)
    assert ran.code == 2
    assert message in ran.err and "Traceback" not in ran.err


def test_a_training_that_diverges_is_told(run, posts, tmp_path):
    how = ("--optimizer", "sgd", "--learning-rate", "1e30", "--layers", 1, "--hidden", 8)
    ran = run("train", posts, "--output", tmp_path / "m", *how)
    assert ran.code == 1
    assert "the training diverges; expected a learning rate below 1e+30" in ran.err


def test_labels_along_no_edge_between_posts_are_refused(run, posts, tmp_path):
    for option in ("--label-inputs", "--correct-and-smooth"):
        ran = run("train", posts, "--output", tmp_path / "m", *QUICK, "--edge", "writes", option)
        assert ran.code == 1
        assert "none of which leads from post to post" in ran.err


def test_refused_labels_are_told(run, posts, tmp_path):
    table = pd.read_csv(posts, dtype=str, keep_default_na=False)
    table.loc[3:4, "label"] = ["joyy", "nan"]
    table.to_csv(tmp_path / "p.csv", index=False)
    ran = run("train", tmp_path / "p.csv", "--output", tmp_path / "m", *QUICK)
    assert ran.code == 0, ran.err
    assert "refused labels: 'joyy' 1, 'nan' 1; their label set does not have them" in ran.err


def test_folders_with_files_of_others_are_left_alone(run, posts, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    ran = run("train", posts, "--output", tmp_path, *QUICK)
    assert ran.code == 1
    assert "holds README.md of something else" in ran.err
    assert (tmp_path / "README.md").read_text() == "mine"
    (tmp_path / "file").write_text("x")
    ran = run("train", posts, "--output", tmp_path / "file", *QUICK)
    assert ran.code == 2
    assert "is a file; expected a folder" in ran.err
    for again in range(2):  # an earlier model is replaced
        ran = run("train", posts, "--output", tmp_path / "m", *QUICK, "--seed", again)
        assert ran.code == 0, ran.err


def test_encoders_of_what_posts_do_not_have_are_refused(run, posts, tmp_path):
    (tmp_path / "o.toml").write_text("[encoders]\nimages = 'affect'\n")
    how = ("--config", tmp_path / "o.toml", *QUICK)
    ran = run("train", posts, "--output", tmp_path / "m", *how)
    assert ran.code == 1
    assert "'images', which is none of what posts have; did you mean 'image'" in ran.err


def test_splits_without_validation_or_test_are_told(run, posts, tmp_path):
    ids = pd.read_csv(posts, dtype=str).post_id
    pd.DataFrame({"post_id": ids, "split": "train"}).to_csv(tmp_path / "s.csv", index=False)
    how = ("--split", tmp_path / "s.csv", *QUICK)
    ran = run("train", posts, "--output", tmp_path / "m", *how)
    assert ran.code == 0, ran.err
    assert "no label is in the validation split" in ran.err and "is not judged" in ran.err
    config = tmp_path / "grid.toml"
    config.write_text(
        f"seeds = [0]\n[base]\nsplit = '{tmp_path / 's.csv'}'\n[grid]\nconv = ['gcn']\n"
    )
    ran = run("ablate", config, posts, "--output", tmp_path / "a")
    assert ran.code == 1
    assert "labels is in the test split, by which cells are compared" in ran.err


def test_scores_that_could_not_be_written_are_not_computed(run, posts, tmp_path):
    ran = run("evaluate", posts, "--output", tmp_path / "no" / "scores.json")
    assert ran.code == 2
    assert "there is no folder" in ran.err
