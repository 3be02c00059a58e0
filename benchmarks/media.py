"""Does a dump full of odd and broken media encode to the end, in how much memory, and how fast?

Makes a dump of 2,000 pictures, 100 clips with sound and every kind of broken file
(``broken_media``), and encodes it in a process of its own: once, and once more from the cache. The
status of every medium must be the expected one. Then the encoders race a plain loop of Pillow,
PyAV and torchvision over the same sound files, in one process. Weights are random: they cost what
trained ones cost.

    python benchmarks/media.py --output media.json
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from broken_media import IMAGE, OK, VIDEO, Medium, film, write_broken
from PIL import Image
from record import write_record

from gnn_emotion.encoders.store.cache import FeatureCache

SIZE, _PICTURES_A_CLIP = 2_000, 20
SEED = 0
WEIGHTS, EXPECTED = "resnet18.safetensors", "expected.json"
#: What a run may take: libraries, a network, and a picture of 64 million pixels being decoded.
MAX_MEMORY_GB = 3.0
#: Width and height of pictures as Weibo scales them, and of clips.
_SIDES = ((690, 920), (920, 690), (690, 690), (480, 640))
_CLIP = {"frames": 192, "size": (320, 240), "rate": 24}
_CLIP_SECONDS = 8.0
#: At most so many files race.
_RACE = {IMAGE: 400, VIDEO: 40}


def main() -> None:
    """Make the dump, encode it in both ways, race."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("media.json"))
    parser.add_argument("--size", type=int, default=SIZE, help="pictures; clips are a 20th")
    parser.add_argument("--stage", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stage:
        name, work = arguments.stage
        print(json.dumps(race(Path(work)) if name == "race" else encode_once(Path(work), name)))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        media = make_dump(work / "dump", arguments.size)
        (work / EXPECTED).write_text(json.dumps([asdict(medium) for medium in media]))
        save_weights(work / WEIGHTS)
        runs = {}
        for name in encoders(work):
            runs[name] = {"first": run_alone(name, work), "again": run_alone(name, work)}
            check_again(**runs[name])
            print(show(name, **runs[name]), flush=True)
        rates = run_alone("race", work)
    print(json.dumps(rates, indent=1))
    results = {"pictures": arguments.size, "media": len(media), "runs": runs, "rates": rates}
    write_record(arguments.output, results, seeds=[SEED])


def encoders(work: Path) -> dict[str, dict[str, str]]:
    """Return what the dump is encoded with: what needs no weights, and a network."""
    network = f"resnet18:{work / WEIGHTS}"
    words = {"post": "embedded", "user": "profile"}
    return {
        "affect": {**words, "image": "affect", "video": "affect", "audio": "acoustic"},
        "resnet18": {**words, "image": network, "video": network},
    }


def make_dump(folder: Path, size: int) -> list[Medium]:
    """Write posts with a picture or clip each, and return those with the status expected."""
    media = write_broken(folder)
    rng = np.random.default_rng(SEED)
    for i in range(size):
        name = f"media/picture_{i}.jpg"
        _paint(rng, *_SIDES[i % len(_SIDES)]).save(folder / name, quality=85)
        media.append(Medium(name, IMAGE, OK, OK))
    for i in range(max(size // _PICTURES_A_CLIP, 1)):
        name = f"media/clip_{i}.mp4"
        (folder / name).write_bytes(film(i, **_CLIP))
        media.append(Medium(name, VIDEO, OK, OK))
    with (folder / "posts.jsonl").open("w", encoding="utf-8") as file:
        for i, medium in enumerate(media):
            file.write(json.dumps(_post(i, medium), ensure_ascii=False) + "\n")
    return media


def _paint(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Paint blurred patches under a grain."""
    patches = Image.fromarray(rng.integers(16, 240, (8, 8, 3), dtype=np.uint8))
    pixels = np.asarray(patches.resize((width, height), Image.Resampling.BILINEAR))
    return Image.fromarray(pixels + rng.integers(0, 16, pixels.shape, dtype=np.uint8))


def _post(i: int, medium: Medium) -> dict[str, object]:
    return {
        "mid": str(5_051_246_142_806_981 + 977 * i),
        "user_id": str(9_900_000_000 + i % 50),
        "created_at": f"2024-07-{1 + i // 1440:02d} {i // 60 % 24:02d}:{i % 60:02d}:00",
        "text": "看看这个",
        "kind": "original",
        "pics": [medium.name] if medium.kind == IMAGE else [],
        "video_url": medium.name if medium.kind == VIDEO else None,
    }


def save_weights(path: Path) -> None:
    """Write a ResNet-18 with random weights."""
    import torch
    import torchvision
    from safetensors.torch import save_file

    torch.manual_seed(SEED)
    save_file(torchvision.models.resnet18(weights=None).state_dict(), path)


def run_alone(stage: str, work: Path) -> dict[str, Any]:
    """Run a stage in a process of its own."""
    command = [sys.executable, __file__, "--stage", stage, str(work)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{stage}: {done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


class CountingCache(FeatureCache):
    """Counts what is put into it: all that was encoded."""

    encoded = 0

    def put(self, outcomes: Any) -> None:
        """Keep outcomes."""
        self.encoded += len(outcomes)
        super().put(outcomes)


def encode_once(work: Path, name: str) -> dict[str, Any]:
    """Read the dump and encode it; what an earlier run put into the cache is there."""
    from gnn_emotion.encoders.encoder_set import load_encoders
    from gnn_emotion.encoders.store.encode_media import MediaOptions
    from gnn_emotion.encoders.text.bundled_text import FAST, bundled_text
    from gnn_emotion.pipeline import encode, read

    names = encoders(work)[name]
    load_encoders(names, bundled_text(FAST))  # so that imports do not count as encoding
    with CountingCache(work / f"cache_{name}") as cache, tempfile.TemporaryDirectory() as out:
        clock, loaded = [time.perf_counter()], _peak_gb()
        dump = read(work / "dump", Path(out) / "dump", progress=False)
        clock.append(time.perf_counter())
        options = MediaOptions(cache=cache, progress=False)
        features = encode(dump, Path(out) / "features", names, media=options)
        clock.append(time.perf_counter())
        check_statuses(work, dump, features, heard="audio" in names)
    peak = _peak_gb()
    if peak > MAX_MEMORY_GB:
        raise SystemExit(f"peak memory is {peak:.2f} GB, expected at most {MAX_MEMORY_GB}")
    return {
        "seconds": dict(zip(("ingest", "encode"), np.diff(clock).round(2).tolist(), strict=True)),
        "encoded": cache.encoded,
        "statuses": {kind: _counts(features[kind].status) for kind in (IMAGE, VIDEO)},
        "peak_memory_gb": peak,
        "loaded_memory_gb": loaded,
    }


def check_statuses(work: Path, dump: Any, features: Any, heard: bool) -> None:
    """Stop unless every medium has the status that it must have."""
    from gnn_emotion.schema.features import STATUSES

    listed = json.loads((work / EXPECTED).read_text())
    expected = {medium["name"]: medium["heard" if heard else "status"] for medium in listed}
    table = dump.read("media", ["media_id", "url"]).to_pydict()
    names = dict(zip(table["media_id"], table["url"], strict=True))
    found = {
        names[media_id]: STATUSES[status]
        for kind in (IMAGE, VIDEO)
        for media_id, status in zip(
            features[kind].ids.to_pylist(), features[kind].status, strict=True
        )
    }
    wrong = [
        f"{name}: {found.get(name, 'not there')}, expected {expected.get(name, 'nothing')}"
        for name in sorted({*expected, *found})
        if found.get(name) != expected.get(name)
    ]
    if wrong:
        raise SystemExit("\n".join(["statuses are wrong:", *wrong]))


def check_again(first: dict[str, Any], again: dict[str, Any]) -> None:
    """Stop unless the second run encoded nothing and found the same."""
    if again["encoded"] or again["statuses"] != first["statuses"]:
        raise SystemExit(f"the second run differs from the first: {again}, expected {first}")


def race(work: Path) -> dict[str, Any]:
    """Time our encoders and plain loops on the same files, which are all sound ones."""
    listed = [Medium(**medium) for medium in json.loads((work / EXPECTED).read_text())]
    files = {
        kind: [
            work / "dump" / medium.name
            for medium in listed
            if medium.kind == kind and medium.name.startswith(("media/picture_", "media/clip_"))
        ][:most]
        for kind, most in _RACE.items()
    }
    from plain_media import plain_clips, plain_pictures

    from gnn_emotion.encoders.encoder_set import load_encoders
    from gnn_emotion.encoders.text.bundled_text import FAST, bundled_text

    ours = {
        name: load_encoders(of, bundled_text(FAST)).media for name, of in encoders(work).items()
    }
    plain = {IMAGE: plain_pictures(work / WEIGHTS), VIDEO: plain_clips(work / WEIGHTS)}
    return {
        kind: {
            "files": len(paths),
            **_race(paths, 1.0 if kind == IMAGE else _CLIP_SECONDS, ours, plain[kind], kind),
        }
        for kind, paths in files.items()
    }


def _race(
    paths: Sequence[Path],
    units: float,
    ours: dict[str, Any],
    plain: Callable[[Sequence[Path]], np.ndarray],
    kind: str,
) -> dict[str, float]:
    """Return pictures a second, or seconds of clips a second, and how far the rows are apart."""
    rates, rows = {}, {}
    for name, run in (("plain", plain), *((n, of[kind].encode_files) for n, of in ours.items())):
        run(paths[:2])  # what is made on the first call is not part of the rate
        start = time.perf_counter()
        rows[name] = np.stack(run(paths))
        rates[f"{name}_per_second"] = units * len(paths) / (time.perf_counter() - start)
    rates["times_plain"] = rates["resnet18_per_second"] / rates["plain_per_second"]
    return rates | {"worst_difference": _difference(rows["resnet18"], rows["plain"])}


def _difference(own: np.ndarray, plain: np.ndarray) -> float:
    """Return how far a row is from the plain one at worst, where 1 is as far as other files are."""
    spread = np.linalg.norm(plain - plain.mean(axis=0), axis=1).mean()
    return float(np.linalg.norm(own[:, : plain.shape[1]] - plain, axis=1).max() / spread)


def _counts(status: np.ndarray) -> dict[str, int]:
    from gnn_emotion.schema.features import STATUSES

    return dict(sorted(Counter(STATUSES[code] for code in status).items()))


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def show(name: str, first: dict[str, Any], again: dict[str, Any]) -> str:
    """Write both runs as one line."""
    return (
        f"{name}: {first['statuses']}, {first['encoded']} encoded in "
        f"{first['seconds']['encode']:.1f} s, again in {again['seconds']['encode']:.1f} s; peak "
        f"{first['peak_memory_gb']:.2f} GB ({first['loaded_memory_gb']:.2f} GB when loaded)"
    )


if __name__ == "__main__":
    main()
