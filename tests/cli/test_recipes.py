"""The recipes of the README, run as they stand there, on small dumps that are made up here."""

from __future__ import annotations

import random
import re
import shlex
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("ruptures")

GLAD = ("太好看了，笑死我了哈哈哈哈[哈哈]", "今天真开心，强烈推荐！", "太喜欢了，真高兴[鼓掌]")
ANGRY = ("什么烂片，气死我了，退票！[怒]", "太让人生气了，骗子！[怒骂]", "气死我了，垃圾！[怒]")
SAD = ("哭了整整十分钟，太难过了[泪]", "又失眠了，很难过，心碎[泪]", "好伤心，一直在哭[泪]")
TURN = date(2024, 4, 1)


@pytest.fixture(scope="module")
def recipes(repo: Path) -> dict[str, list[tuple[str, str]]]:
    """Return, by the file that a recipe is about, its blocks: (language, code)."""
    text = (repo / "README.md").read_text(encoding="utf-8")
    section = text.partition("### Recipes\n")[2].partition("\n### ")[0]
    found = {}
    for recipe in re.split(r"\n(?=\*\*)", section)[1:]:
        name = re.search(r"`(\w+\.csv)`", recipe)
        assert name, recipe[:80]
        found[name[1]] = re.findall(r"```(console|python)\n(.*?)```", recipe, re.S)
    return found


@pytest.fixture
def cook(recipes, run, monkeypatch, tmp_path, one_thread):
    """Return a function: name of the file, its rows -> the names that the Python of it made."""

    def cooked(name: str, rows: list[dict[str, object]]) -> dict[str, object]:
        monkeypatch.chdir(tmp_path)
        pd.DataFrame(rows).to_csv(name, index=False, encoding="utf-8")
        names: dict[str, object] = {}
        for language, code in recipes[name]:
            if language == "python":
                exec(code, names)
                continue
            for line in code.replace("\\\n", " ").splitlines():
                prompt, program, *arguments = shlex.split(line, comments=True)
                assert (prompt, program) == ("$", "gnn-emotion")
                ran = run(*arguments)
                assert ran.code == 0, ran.err
        return names

    yield cooked
    from matplotlib import pyplot

    pyplot.close("all")


def test_every_recipe_is_tested(recipes):
    assert list(recipes) == ["film.csv", "service.csv", "diary.csv"]
    assert all(blocks for blocks in recipes.values())


def test_comments_on_a_film(cook):
    rng = random.Random(0)
    rows = []
    for number in range(40):
        glad = number % 2 == 0
        text = rng.choice(GLAD if glad else ANGRY)
        time = f"2024-07-0{1 + number % 3} 20:{number:02d}:11"
        rows.append(
            {"用户名": f"影迷{number}", "评分": 5 if glad else 1, "时间": time, "短评": text}
        )
    rows += [rows[0] | {"时间": f"2024-07-01 21:{n:02d}:00"} for n in range(20)]  # a loud one
    rows.append({"用户名": "路人", "评分": 3, "时间": "2024-07-02 09:00:00", "短评": ""})
    names = cook("film.csv", rows)
    predictions = pd.read_parquet("film.parquet")
    assert len(predictions) == len(rows)  # rows read = rows labelled
    posts = pd.read_parquet("film/posts.parquet").set_index("post_id")
    words = posts.own_text.loc[predictions.post_id].tolist()
    for text, label in zip(words, predictions.emotion, strict=True):
        assert not text or label == ("joy" if text in GLAD else "anger"), text
    trend = pd.read_csv("film-days.csv")
    assert trend.start.str[:10].unique().tolist() == ["2024-07-01", "2024-07-02", "2024-07-03"]
    first = trend[trend.start.str.startswith("2024-07-01")].set_index("emotion")
    assert first.volume.joy == 34 and first.users.joy == 14
    assert 0.4 < first.share.joy < 0.6  # half of the people, though three quarters of the posts
    assert Path("film-figures/shares.png").stat().st_size > 5_000
    stars = names["stars"].set_index("emotion")
    assert stars.difference.joy > 0.8 and stars.low.joy > 0 and stars.p_holm.joy < 0.01
    assert stars.difference.anger < -0.8 and stars.users_first.joy == 20


def test_a_customer_service_dialogue(cook):
    rows = []
    for session in range(12):
        said = [
            ("客户", ANGRY[1]),
            ("客服", "您好，请问您的订单号是多少？"),
            ("客户", "你们太差劲了，" + ANGRY[1]),
            ("客服", "您好，在订单页面点击即可查看。"),
            ("客户", "谢谢，太好了，真开心！"),
        ]
        turns = enumerate(said, 1)
        rows += [
            {"会话": f"S{session}", "说话人": who, "轮次": turn, "内容": text}
            for turn, (who, text) in turns
        ]
    random.Random(1).shuffle(rows)
    names = cook("service.csv", rows)
    posts = names["posts"]
    assert len(posts) == 60 and posts.root_id.nunique() == 12
    said = posts.set_index("post_id").own_text
    answers = posts[posts.parent_id.notna()]
    assert len(answers) == 48 and set(answers.kind) == {"reply"}
    pairs = set(zip(said[answers.parent_id], answers.own_text, strict=True))
    assert len(pairs) == 4 and (ANGRY[1], "您好，请问您的订单号是多少？") in pairs
    assert set(posts[posts.own_text.str.contains("生气")].emotion) == {"negative"}
    assert set(posts[posts.own_text.str.contains("开心")].emotion) == {"positive"}
    turns = pd.read_csv("service-turns.csv")
    assert turns.groupby("depth").edges.first().to_dict() == {"1": 12, "2": 12, "3": 12, "4 on": 12}
    shares = names["speakers"].set_index(["user_name", "emotion"])
    assert shares.users["客户", "negative"] == shares.users["客服", "negative"] == 12
    assert shares.share["客户", "negative"] > shares.share["客服", "negative"] + 0.2


def test_a_diary(cook):
    rng = random.Random(2)
    days = [TURN + timedelta(number) for number in range(-42, 42)]
    rows = [{"日期": day, "正文": rng.choice(SAD if day < TURN else GLAD)} for day in days]
    cook("diary.csv", rows)
    predictions = pd.read_parquet("diary.parquet")
    assert len(predictions) == 84
    day = predictions.created_at.dt.tz_convert("Asia/Shanghai").dt.date
    assert (predictions.emotion[day < TURN] == "sadness").mean() > 0.9
    assert (predictions.emotion[day >= TURN] == "joy").mean() > 0.9
    steps = pd.read_csv("diary-changes.csv")
    turns = steps[steps.emotion.isin(["joy", "sadness"])]
    assert set(turns.emotion) == {"joy", "sadness"}
    assert (turns.time.str[:10] == str(TURN)).all()
    assert turns.set_index("emotion")["size"].gt(0).to_dict() == {"joy": True, "sadness": False}
    weeks = pd.read_csv("diary-weeks.csv")
    assert weeks[weeks.emotion == "joy"].volume.tolist() == [7] * 12
    assert Path("diary-figures/valence.png").stat().st_size > 5_000
