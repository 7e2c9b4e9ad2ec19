"""Rows to CSV and to Excel, with a memory that does not grow with their number."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from api.export.columns import HEADER, Cell

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_TIME = "%Y-%m-%d %H:%M:%S"
_CHUNK = 64 * 1024
_ROWS_A_SHEET = 1_000_000
"""Excel takes 1,048,576 rows a sheet, the header among them."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Iterable[Sequence[Cell]], header: Sequence[str] = HEADER) -> Iterator[bytes]:
    """A CSV file in pieces; UTF-8 with a byte order mark, without which Excel reads it as GBK."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
        if buffer.tell() > _CHUNK:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime(_TIME)
    # What a citizen writes must not become a formula on a clerk's machine.
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_xlsx(
    rows: Iterable[Sequence[Cell]], folder: Path, rows_a_sheet: int = _ROWS_A_SHEET
) -> BinaryIO:
    """An Excel workbook in a nameless file under `folder`, open at its start.

    A workbook is a ZIP archive whose table of contents comes last, so it is written to disk whole
    before its first byte can be sent. Past `rows_a_sheet` another sheet begins.
    """
    out = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (the caller sends and closes it)
    options = {
        "constant_memory": True,
        "tmpdir": str(folder),
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    try:
        with xlsxwriter.Workbook(out, options) as book:
            time_format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            bold = book.add_format({"bold": True})
            sheet, at = None, rows_a_sheet
            for row in rows:
                if sheet is None or at >= rows_a_sheet:
                    sheet, at = _sheet(book, bold), 0
                at += 1
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(at, column, cell, time_format)
                    elif isinstance(cell, str):
                        sheet.write_string(at, column, cell)
                    elif cell is not None:
                        sheet.write_number(at, column, cell)
            if sheet is None:
                _sheet(book, bold)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out


def _sheet(book: Any, bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(HEADER) - 1, 18)
    for column, name in enumerate(HEADER):
        sheet.write_string(0, column, name, bold)
    return sheet


def in_pieces(file: BinaryIO) -> Iterator[bytes]:
    """A file's content in pieces, for whoever closes it."""
    while piece := file.read(_CHUNK * 4):
        yield piece
