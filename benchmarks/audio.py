"""Do the acoustic columns tell emotions apart, in voices never heard? And how fast are they?

EMO-DB, one speaker left out at a time, seven emotions: unweighted average recall over the
predictions for all speakers. The model is linear (discriminant analysis; how much its covariance is
shrunk is chosen by leaving each speaker of the training part out in turn, so that the speaker in
question plays no part in it). Each training utterance is also heard at other speeds, which changes
pitch, formants and tempo together (Ko et al., "Audio augmentation for speech recognition",
Interspeech 2015): five voices become many. "Speaker-wise" means that columns are standardised over
the utterances of each speaker, the one left out included, without labels: fair where many posts of
a speaker are at hand, so both are reported. Baselines, in the same run and with the same model:
mean and standard deviation of 13 MFCC, and the most frequent emotion.

The columns were designed on the same six speakers: expect less on others. Files of EMO-DB as they
are read here are two seconds long and of equal peak.

Speed: seconds of sound, and of clips filmed here, encoded in a second of one core, against a loop
that decodes everything, and computes the same features of the same number of frames.

    python benchmarks/audio.py --data DIR --output audio.json --figure audio.png
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from broken_media import film
from record import write_record
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from gnn_emotion.encoders.audio.acoustic import AcousticEncoder
from gnn_emotion.encoders.audio.sound import RATE, Wave, read_sound
from gnn_emotion.encoders.image.affect_image import AffectEncoder
from gnn_emotion.encoders.video.video import VideoEncoder
from gnn_emotion.training.metrics import mean_interval

#: How fast the training utterances are played, among them as they are.
SPEEDS = (0.8, 0.88, 0.96, 1.0, 1.04, 1.12, 1.25)
_SHRINKAGES = (0.1, 0.3, 0.5, 0.7)
_CLIP_SECONDS, _CLIPS, _RATE = 60, 3, 24
Rows = npt.NDArray[np.float64]
#: Speed -> features of all utterances ``[N, D]``.
BySpeed = Mapping[float, Rows]


def main() -> None:
    """Run everything and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("audio.json"))
    parser.add_argument("--figure", type=Path, help="draw recall by emotion into this file")
    arguments = parser.parse_args()
    folder = arguments.data / "emodb"
    labels = pd.read_parquet(folder / "labels.parquet")
    files = [folder / f"{name}.flac" for name in labels["file"]]
    results = {"models": emotions(labels, files), "speed": speed(files)}
    write_record(arguments.output, results, data=[folder / "labels.parquet", *files])
    if arguments.figure:
        draw(results["models"], arguments.figure)


def emotions(labels: pd.DataFrame, files: Sequence[Path]) -> dict[str, Any]:
    """Judge every representation, with and without other speeds and speaker-wise columns."""
    encoder = AcousticEncoder()
    waves = {s: [read_sound(file, round(s * RATE)) for file in files] for s in SPEEDS}
    acoustic = {s: np.stack([encoder.encode_sound(w) for w in waves[s]]) for s in SPEEDS}
    mfcc = {s: np.stack([plain_mfcc(w) for w in waves[s]]) for s in SPEEDS}
    plans: dict[str, tuple[BySpeed, bool]] = {
        "mfcc": (mfcc, False),
        "acoustic": (acoustic, False),
        "acoustic, one speed": ({1.0: acoustic[1.0]}, False),
        "mfcc, speaker-wise": (mfcc, True),
        "acoustic, speaker-wise": (acoustic, True),
    }
    classes = sorted(labels["emotion"].unique())
    y = labels["emotion"].map(classes.index).to_numpy()
    speaker = labels["speaker"].to_numpy()
    results = {"majority": judge(y, majority(y, speaker), speaker, classes)}
    print("majority", show(results["majority"]), flush=True)
    for name, (features, speaker_wise) in plans.items():
        pred, chosen = leave_one_out(features, y, speaker, speaker_wise)
        results[name] = judge(y, pred, speaker, classes) | {"shrinkage": chosen}
        print(name, show(results[name]), flush=True)
    return results


def plain_mfcc(wave: Wave) -> Rows:
    """Mean and standard deviation over time of 13 MFCC ``[26]``."""
    import librosa

    mfcc = librosa.feature.mfcc(y=wave, sr=RATE, n_mfcc=13)
    return np.concatenate([mfcc.mean(1), mfcc.std(1)])


def leave_one_out(
    features: BySpeed, y: Rows, speaker: Rows, speaker_wise: bool
) -> tuple[Rows, dict[str, float]]:
    """Predict the utterances of each speaker by a model of all others.

    Returns:
        Classes ``[N]``, and the shrinkage chosen for each speaker.
    """
    if speaker_wise:
        features = {s: standardise_speakers(x, speaker) for s, x in features.items()}
    pred, chosen = np.zeros_like(y), {}
    for one in np.unique(speaker):
        rest = speaker != one
        part = {s: x[rest] for s, x in features.items()}
        chosen[str(one)] = choose_shrinkage(part, y[rest], speaker[rest])
        pred[~rest] = fit(part, y[rest], chosen[str(one)]).predict(features[1.0][~rest])
    return pred, chosen


def choose_shrinkage(features: BySpeed, y: Rows, speaker: Rows) -> float:
    """Choose by leaving each of these speakers out in turn; of equals, the largest."""
    scores = {}
    for shrinkage in _SHRINKAGES:
        pred = np.zeros_like(y)
        for one in np.unique(speaker):
            rest = speaker != one
            model = fit({s: x[rest] for s, x in features.items()}, y[rest], shrinkage)
            pred[~rest] = model.predict(features[1.0][~rest])
        scores[shrinkage] = recall_score(y, pred, average="macro")
    return max(reversed(_SHRINKAGES), key=scores.__getitem__)


def fit(features: BySpeed, y: Rows, shrinkage: float) -> Any:
    """Fit the linear model on all speeds; all emotions count the same."""
    count = len(np.unique(y))
    model = make_pipeline(
        StandardScaler(),
        FunctionTransformer(np.clip, kw_args={"a_min": -3, "a_max": 3}),
        LinearDiscriminantAnalysis(
            solver="lsqr", shrinkage=shrinkage, priors=np.full(count, 1 / count)
        ),
    )
    return model.fit(np.concatenate(list(features.values())), np.tile(y, len(features)))


def standardise_speakers(x: Rows, speaker: Rows) -> Rows:
    """Give the columns of each speaker mean 0 and standard deviation 1, without labels."""
    out = np.zeros_like(x)
    for one in np.unique(speaker):
        rows = speaker == one
        out[rows] = (x[rows] - x[rows].mean(0)) / (x[rows].std(0) + 1e-6)
    return out


def majority(y: Rows, speaker: Rows) -> Rows:
    """Predict for each speaker the most frequent emotion of the others."""
    pred = np.zeros_like(y)
    for one in np.unique(speaker):
        pred[speaker == one] = np.bincount(y[speaker != one]).argmax()
    return pred


def judge(y: Rows, pred: Rows, speaker: Rows, classes: Sequence[str]) -> dict[str, Any]:
    """Compute the unweighted average recall, of all, by emotion and by speaker."""
    by_speaker = {}
    for one in np.unique(speaker):
        rows = speaker == one
        present = np.unique(y[rows])
        by_speaker[str(one)] = recall_score(y[rows], pred[rows], labels=present, average="macro")
    mean, half = mean_interval(list(by_speaker.values()))
    recall = recall_score(y, pred, labels=np.arange(len(classes)), average=None)
    return {
        "uar": float(recall.mean()),
        "recall": dict(zip(classes, recall.tolist(), strict=True)),
        "uar_by_speaker": by_speaker,
        "mean_over_speakers": mean,
        "interval_over_speakers": half,
    }


def speed(files: Sequence[Path]) -> dict[str, Any]:
    """Compare ours with plain loops, on sounds and on clips."""
    encoder, frames = AcousticEncoder(), AffectEncoder()
    found = {}
    sound = sum(len(read_sound(file)) for file in files) / RATE
    found["sound"] = race(
        files,
        sound,
        lambda path: encoder.encode_files([path])[0],
        lambda path: encoder.encode_sound(plain_sound(path)),
    )
    with tempfile.TemporaryDirectory() as folder:
        clips = [Path(folder) / f"{i}.mp4" for i in range(_CLIPS)]
        for i, clip in enumerate(clips):
            clip.write_bytes(film(i, _CLIP_SECONDS * _RATE, (640, 360), _RATE))
        for sampling in ("frames alone", "with sound"):
            video = VideoEncoder(frames, encoder if sampling == "with sound" else None)
            found[f"clips, {sampling}"] = race(
                clips,
                _CLIP_SECONDS * _CLIPS,
                lambda path, video=video: video.encode_files([path])[0],
                lambda path, heard=video.sound is not None: plain_clip(
                    path, frames, encoder if heard else None
                ),
            )
    for name, rates in found.items():
        print(name, {key: round(value, 1) for key, value in rates.items()}, flush=True)
    return found


def plain_sound(path: Path) -> Wave:
    """Decode a sound track frame by frame, then mix and resample all of it."""
    import av
    import librosa

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        parts = [frame.to_ndarray() for frame in container.decode(stream)]
        wave = np.concatenate(parts, axis=1).astype(np.float32).mean(0)
        scale = 32768 if parts[0].dtype == np.int16 else 1
        return librosa.resample(wave / scale, orig_sr=stream.rate, target_sr=RATE)


def plain_clip(path: Path, frames: AffectEncoder, sound: AcousticEncoder | None) -> Rows:
    """Decode all frames, encode eight that are evenly spaced, and the sound."""
    import av

    with av.open(str(path)) as container:
        pictures = [frame.to_image() for frame in container.decode(video=0)]
    at = ((np.arange(8) + 0.5) * len(pictures) / 8).astype(int)
    x = frames.encode_images([pictures[i] for i in at])
    row = np.concatenate([x.mean(0), x.std(0)])
    return row if sound is None else np.append(row, sound.encode_sound(plain_sound(path)))


def race(
    files: Sequence[Path],
    seconds: float,
    ours: Callable[[Path], Any],
    plain: Callable[[Path], Any],
) -> dict[str, float]:
    """Return seconds of media in a second of one core, by both."""
    rates = {}
    for name, encode in (("ours", ours), ("plain", plain)):
        encode(files[0])  # what is loaded on first use is not part of the rate
        start = time.process_time()
        for file in files:
            encode(file)
        rates[f"{name}_seconds_per_second"] = seconds / (time.process_time() - start)
    ours_rate, plain_rate = rates.values()
    return rates | {"times_plain": ours_rate / plain_rate}


def show(result: Mapping[str, Any]) -> str:
    """Write a result as one line."""
    recall = ", ".join(f"{name} {value:.0%}" for name, value in result["recall"].items())
    return (
        f"UAR {result['uar']:.1%}; over speakers {result['mean_over_speakers']:.1%} +- "
        f"{result['interval_over_speakers']:.1%}; {recall}"
    )


def draw(models: Mapping[str, Any], path: Path) -> None:
    """Draw recall by emotion."""
    import matplotlib.pyplot as plt

    table = pd.DataFrame({name: result["recall"] for name, result in models.items()})
    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    table.plot.bar(ax=ax, width=0.8, rot=0, legend=False)
    ax.set(ylabel="recall", ylim=(0, 1), title="EMO-DB, one speaker left out")
    figure.legend(loc="outside right upper")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
