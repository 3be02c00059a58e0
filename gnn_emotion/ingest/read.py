"""Files and folders of any supported format to a Dump."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from gnn_emotion.ingest.assemble import assemble
from gnn_emotion.ingest.batches import Batch, batches
from gnn_emotion.ingest.media_folders import MediaFolders, keep_media
from gnn_emotion.ingest.output import check_output, temporary_output, whole_folder
from gnn_emotion.ingest.records import Columns, Reader, ReadOptions, Record, Source
from gnn_emotion.ingest.sniff import Found, find_sources
from gnn_emotion.ingest.staged import Spill
from gnn_emotion.ingest.staging import Staging
from gnn_emotion.ingest.summary import SourceCounts, Summary
from gnn_emotion.schema import emotions
from gnn_emotion.schema.errors import DumpError, GnnEmotionError
from gnn_emotion.schema.tables import Dump, is_dump

#: Where in a Dump the media lie that came out of archives.
_UNPACKED = "unpacked"
#: Reasons that an error message lists before it only counts them.
_SHOWN = 3


def read_dump(
    paths: Path | str | Sequence[Path | str],
    output: Path | str | None = None,
    *,
    format: str | None = None,  # noqa: A002 - what the option of the command line is called
    columns: Mapping[str, str] | None = None,
    post_id: str | None = None,
    label_set: str | None = None,
    progress: bool = True,
) -> Dump:
    """Read a dump of any supported format.

    Args:
        paths: a file or folder, or several; they are read as one dump. A folder that is a Dump
            already is returned as it is.
        output: the folder to write; a Dump that is there is replaced once the new one is whole.
            None for a folder that goes away with the process.
        format: the format of the files, where it is not to be recognised.
        columns: column of the source -> raw column, for tables of no known crawler.
        post_id: the post that comments belong to, where the files do not say it.
        label_set: the label set of a column of labels, where the files do not say it.
        progress: whether to show a bar, where there is a terminal to show it on.

    Returns:
        The Dump. Its summary says what became of every row.

    Raises:
        DumpError: a path does not exist, nothing could be read, or the output is in use.
        LabelError: no such label set.
    """
    named = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    if len(named) == 1 and is_dump(named[0]):
        return Dump(named[0])
    target = Path(output) if output is not None else temporary_output()
    _check_paths(named, target)
    if label_set not in (None, emotions.VALENCE_LABELS):
        emotions.label_set(label_set)  # an unknown name must not cost an hour first
    options = ReadOptions(columns or {}, post_id, label_set)
    with whole_folder(target) as folder, tempfile.TemporaryDirectory(dir=folder.parent) as work:
        unpacked = folder / _UNPACKED
        found = find_sources(named, unpacked, format)
        summary = Summary(skipped=dict(found.skipped))
        files = MediaFolders(unpacked, target.absolute() / _UNPACKED)
        with Spill(Path(work)) as spill:
            _stage(found, options, spill, summary, files, progress)
        if not any(spill.rows[table] for table in ("posts", "users", "follows")):
            raise DumpError(_nothing(named, summary, spill))
        assemble(spill, summary, Path(work), folder)
        keep_media(unpacked)
    return Dump(target)


def _check_paths(named: list[Path], output: Path) -> None:
    if not named:
        raise DumpError("no path was given; expected a file or folder of posts")
    check_output(output)
    for path in named:
        if is_dump(path):
            raise DumpError(
                f"{path} is a Dump already; it cannot be read together with other paths: name the "
                "files that it was made from"
            )
        if path.is_dir() and output.resolve().is_relative_to(path.resolve()):
            raise DumpError(f"the output {output} lies in the input {path}: choose another output")


def _stage(
    found: Found,
    options: ReadOptions,
    spill: Spill,
    summary: Summary,
    files: MediaFolders,
    progress: bool,
) -> None:
    """Read every source into the spill; one that gives no row at all is skipped."""
    bar = tqdm(unit=" rows", disable=None if progress else True)
    with Staging(spill, summary) as staging, bar:
        for source, reader in found.sources:
            counts = SourceCounts(source.name, reader.NAME)
            items = _until_broken(source, reader, options, counts)
            before = staging.staged
            counts.rows_read = staging.stage(
                len(summary.sources),
                source.name,
                _counted(batches(items), bar),
                files.beside(source),
                options.label_set,
            )
            if staging.staged == before and counts.broke_off:
                summary.skipped[source.name] = counts.broke_off
            else:
                summary.sources.append(counts)


def _until_broken(
    source: Source, reader: Reader, options: ReadOptions, counts: SourceCounts
) -> Iterator[Record | Columns]:
    """Yield what a reader reads; whatever stops it is noted, and ends this source alone."""
    try:
        yield from reader.read(source, options)
    except GnnEmotionError as error:
        counts.broke_off = str(error).removeprefix(f"{source.name}: ")
    except Exception as error:
        counts.broke_off = f"cannot be read further: {type(error).__name__}: {_line(error)}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _counted(found: Iterable[Batch], bar: tqdm) -> Iterator[Batch]:
    for batch in found:
        yield batch
        bar.update(batch.own_rows)


def _nothing(named: list[Path], summary: Summary, spill: Spill) -> str:
    """Say why there is no row."""
    reasons = [f"{name}: {reason}" for name, reason in sorted(summary.skipped.items())]
    reasons += [f"{s.name}: {s.broke_off}" for s in summary.sources if s.broke_off]
    if spill.rows["quarantine"]:
        reasons.append(f"{spill.rows['quarantine']:,} rows could not be used")
    if len(reasons) > _SHOWN:
        reasons[_SHOWN:] = [f"and {len(reasons) - _SHOWN:,} more"]
    listed = ", ".join(map(str, named[:_SHOWN]))
    return f"nothing could be read from {listed}: {'; '.join(reasons) or 'there are no rows'}"
