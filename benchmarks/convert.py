"""Write a public data set as tables that ``gnn-emotion`` reads, with its split.

python benchmarks/convert.py fanchuan-alibaba --data DIR --output FOLDER

makes ``posts.csv``, ``splits.csv`` and, where there are any, ``follows.csv`` in FOLDER, and says
how many posts are on which side.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from public_sets import SETS

from gnn_emotion.schema.errors import GnnEmotionError


def main() -> None:
    """Convert the data set that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=SETS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    chosen = SETS[arguments.name]
    try:
        counts = chosen.read(arguments.data).counts()
        files = chosen.write(arguments.data, arguments.output)
    except GnnEmotionError as error:
        parser.exit(1, f"{error}\n")
    print(f"{chosen.name}: {counts}; labels of {chosen.label_set}")
    print(f"split: {chosen.sides}")
    print("wrote", *files, arguments.output / "splits.csv")


if __name__ == "__main__":
    main()
