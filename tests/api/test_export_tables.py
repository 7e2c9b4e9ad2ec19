"""Cases as CSV and Excel: what is in them, and that a spreadsheet reads it so."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl

from api.export.columns import HEADER, Cell, Context, Line, cells, read_main_classes
from api.export.tables import as_csv, as_xlsx

HERE = Context(ZoneInfo("Asia/Shanghai"), read_main_classes())
LINE = Line(
    number="370114-20261125-00009",
    received_at=datetime(2026, 11, 25, 0, 0, 21, tzinfo=UTC),
    type="事件",
    code="0102",
    name_zh="暴露垃圾",
    source_zh="视频上报",
    description="一堆垃圾，有“味道”\n很大",
    stage_zh="处置中",
    department="环卫",
    due_at=datetime(2026, 11, 25, 4, 0, tzinfo=UTC),
    closed_at=None,
    area=None,
    street="明水街道",
    community="汇泉社区",
    address="经十路 3 号",
    watcher="李",
    postponed=0,
    reworks=2,
    overtime=True,
    longitude=117.2,
    latitude=36.7,
    grid="370114001001001",
    component_id=None,
    medias=("a\nb", "", "", ""),
)
# The columns of a deployed system's export, in its order; the last six are what systems add.
FIELD = (
    "任务号 上报时间 大类名称 小类名称 问题来源 问题描述 问题类型 当前阶段名称 处置部门 "
    "处置截止时间 捆绑处置截止时间 结案时间 所属片区 所属街道 所属社区 地址描述 监督员 "
    "延期案件 返工案件 is_overtime X坐标 Y坐标 单元网格 部件编码 "
    "上报medias 核实medias 处置medias 核查medias"
).split()


def test_the_columns_are_the_fields_in_its_order() -> None:
    assert list(HEADER) == FIELD


def test_a_case_is_a_row_in_the_districts_time_and_words() -> None:
    row = dict(zip(HEADER, cells(LINE, HERE), strict=True))
    assert row["上报时间"] == datetime(2026, 11, 25, 8, 0, 21)  # noqa: DTZ001 (as Excel has it)
    assert row["大类名称"] == "市容环境"
    assert (row["延期案件"], row["返工案件"], row["is_overtime"]) == ("否", "是", 1)
    assert (row["X坐标"], row["Y坐标"]) == (117.2, 36.7)
    cover = dict(zip(HEADER, cells(replace(LINE, type="部件"), HERE), strict=True))
    assert cover["大类名称"] == "公用设施"


def test_csv_is_what_excel_in_china_opens() -> None:
    data = b"".join(as_csv([cells(LINE, HERE)]))
    assert data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == FIELD
    assert row[:6] == [
        "370114-20261125-00009",
        "2026-11-25 08:00:21",
        "市容环境",
        "暴露垃圾",
        "视频上报",
        "一堆垃圾，有“味道”\n很大",
    ]


def test_what_a_citizen_writes_is_no_formula() -> None:
    evil = replace(LINE, description='=HYPERLINK("http://evil","x")', address="@SUM(1)")
    (_, row) = csv.reader(
        io.StringIO(b"".join(as_csv([cells(evil, HERE)])).decode("utf-8-sig"), newline="")
    )
    assert row[5].startswith("'=")
    assert row[15].startswith("'@")


def test_excel_reads_the_workbook_as_it_was_meant(tmp_path: Path) -> None:
    evil = replace(LINE, description="=1+1")
    with as_xlsx([cells(LINE, HERE), cells(evil, HERE)], tmp_path) as file:
        sheet = openpyxl.load_workbook(io.BytesIO(file.read())).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert list(rows[0]) == FIELD
    assert rows[1][1] == datetime(2026, 11, 25, 8, 0, 21)  # noqa: DTZ001 (as Excel has it)
    assert rows[1][20:22] == (117.2, 36.7)
    assert rows[2][5] == "=1+1"
    assert sheet.cell(3, 6).data_type == "s"
    assert list(tmp_path.iterdir()) == []


def test_a_full_sheet_is_followed_by_another_and_none_is_still_a_workbook(tmp_path: Path) -> None:
    with as_xlsx([cells(LINE, HERE)] * 5, tmp_path, rows_a_sheet=2) as file:
        book = openpyxl.load_workbook(io.BytesIO(file.read()))
    assert [sheet.max_row for sheet in book.worksheets] == [3, 3, 2]
    with as_xlsx([], tmp_path) as file:
        book = openpyxl.load_workbook(io.BytesIO(file.read()))
    assert [sheet.max_row for sheet in book.worksheets] == [1]


def test_memory_does_not_grow_with_the_rows() -> None:
    def rows(count: int) -> Iterator[list[Cell]]:
        return (cells(LINE, HERE) for _ in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in as_csv(rows(count)):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(8000) < 1.2 * peak(1000)
