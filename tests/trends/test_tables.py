"""Files of tables: read back as they were, safe to open, never half written."""

from __future__ import annotations

import pandas as pd
import pytest

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.tables import write_table


@pytest.fixture
def table():
    time = pd.to_datetime(["2024-03-01T00:00Z", None]).tz_convert("Asia/Shanghai")
    text = ["=cmd()", "雨"]
    return pd.DataFrame(
        {"topic": text, "start": time, "share": [0.5, None], "shown": [True, False]}
    )


def test_parquet(table, tmp_path):
    write_table(table, tmp_path / "t.parquet")
    back = pd.read_parquet(tmp_path / "t.parquet")
    assert back.topic.tolist() == ["=cmd()", "雨"]
    assert str(back.start[0]) == "2024-03-01 08:00:00+08:00"


def test_csv(table, tmp_path):
    write_table(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines() == [
        "\ufefftopic,start,share,shown",
        "'=cmd(),2024-03-01T08:00:00+08:00,0.5,True",
        "雨,,,False",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_another_suffix(table, tmp_path):
    with pytest.raises(GnnEmotionError, match=r"t\.xlsx ends in none of \.parquet, \.csv"):
        write_table(table, tmp_path / "t.xlsx")
