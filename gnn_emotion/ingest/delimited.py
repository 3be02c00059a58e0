"""Rows of a delimited text file (CSV, TSV, semicolons), whatever has happened to it.

The ``csv`` module reads the cells. Around it: the delimiter is decided from the header, repeated
headers are set aside and counted, a quote that is never closed costs one row and not the rest of
the file, and no line or cell can take the memory of the machine.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator

from gnn_emotion.ingest.decode import decode_head, looks_binary, open_text
from gnn_emotion.ingest.lines import CELL_LIMIT, Lines
from gnn_emotion.ingest.records import Columns, Record, Source

RAW_CHARACTERS = 500
_DELIMITERS = ",\t;"
#: Not a character, so in no text: the whole line is one cell.
_NONE = "\uffff"

Row = tuple[int, list[str]]
Convert = Callable[[int, list[str]], Iterable[Record]]


def quarantine(row: int, reason: str, raw: str | list[str]) -> Record:
    """Make the record of a row that cannot be used.

    Args:
        row: its number in the source.
        reason: what is wrong with it, for the user.
        raw: the row as it was; cells are joined by commas; cut at 500 characters.
    """
    text = raw if isinstance(raw, str) else ",".join(raw)
    return Record("quarantine", row, {"reason": reason, "raw": text[:RAW_CHARACTERS]})


def delimiter_of(line: str) -> str:
    """Decide the delimiter from a header line: the most frequent of comma, tab and semicolon.

    A line with none of them is one column; its texts may then hold commas that are no delimiters.
    """
    outside = "".join(line.split('"')[::2])
    count, _, best = max((outside.count(d), -i, d) for i, d in enumerate(_DELIMITERS))
    return best if count else _NONE


def header_of(head: bytes) -> list[str]:
    """Read the header from the first bytes of a file, for sniffing.

    Args:
        head: the first bytes of the file.

    Returns:
        The cells of the first line that is not blank, stripped; empty for a binary file.
    """
    if looks_binary(head):
        return []
    lines = (line for line in decode_head(head).splitlines(keepends=True) if line.strip())
    first = next(lines, "")
    cells = next(csv.reader([first], delimiter=delimiter_of(first)), [])
    return [cell.strip("\ufeff \t\r\n") for cell in cells]


def rows(source: Source, header: bool = True) -> Iterator[Row | Record]:
    """Yield ``(row number, cells)``, the header first, and a quarantine record for a bad row.

    Row numbers count the records of the file from 1, blank lines included, as a spreadsheet
    shows them; blank lines themselves are not yielded. A row that repeats the header comes as a
    quarantine record. Where a row is another header (its first two cells are the same: the
    crawler was updated, or two files were joined), the record comes first and then the new
    header, with the same number.

    Args:
        source: the file.
        header: false for a file whose first row is data.
    """
    csv.field_size_limit(CELL_LIMIT)
    with open_text(source.path).stream as stream:
        lines = Lines(stream)
        found = _records(lines, delimiter_of(lines.peek()))
        yield from _mark_headers(found) if header else found


def records(source: Source, bind: Callable[[list[str]], Convert]) -> Iterator[Record | Columns]:
    """Read a file with a header, binding the columns again wherever the header changes.

    Args:
        source: the file.
        bind: takes a header, returns what turns ``(row number, cells)`` into records.
    """
    convert: Convert | None = None
    start: list[str] = []
    for item in rows(source):
        if isinstance(item, Record):
            yield item
        elif convert is None or (item[1][0] == start[0] and item[1][:2] == start):
            start = item[1][:2]
            convert = bind(item[1])
        else:
            yield from convert(*item)


def same_width(header: list[str], convert: Convert) -> Convert:
    """Guard a conversion: a row with more or fewer cells than the header is quarantined."""
    width = len(header)

    def checked(row: int, cells: list[str]) -> Iterable[Record]:
        if len(cells) == width:
            return convert(row, cells)
        return [quarantine(row, f"{len(cells)} cells, expected {width}", cells)]

    return checked


def _mark_headers(found: Iterator[Row | Record]) -> Iterator[Row | Record]:
    """Set repeated headers aside; a header is recognised by its first two cells."""
    start: list[str] = []
    for item in found:
        if isinstance(item, Record) or (start and item[1][0] != start[0]):
            yield item
        elif not start:
            start = item[1][:2]
            header = [cell.strip() for cell in item[1]]
            yield item[0], header
        elif item[1][:2] != start:
            yield item
        else:
            yield quarantine(item[0], "repeated header", item[1])
            again = [cell.strip() for cell in item[1]]
            if again != header:
                header = again
                yield item[0], header


def _records(lines: Lines, delimiter: str) -> Iterator[Row | Record]:
    """Run the csv reader, starting it anew behind every row that it cannot digest."""
    number = 0
    while True:
        try:
            for cells in csv.reader(lines, delimiter=delimiter):
                number += 1
                if lines.broken:
                    break
                lines.forget()
                if any(cells):
                    yield number, cells
                elif cells:
                    yield quarantine(number, "empty row", cells)
            else:
                return
        except csv.Error:  # a cell beyond the limit: the quote that opened it was never closed
            number += 1
        yield quarantine(number, *lines.give_up())
