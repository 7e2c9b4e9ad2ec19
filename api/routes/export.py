"""Cases as tables."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from api.auth import READERS, requires
from api.export.columns import Context, cells, read_main_classes
from api.export.streaming import FileStream
from api.export.tables import CSV_TYPE, XLSX_TYPE, as_csv, as_xlsx
from api.finding import CaseFilter, wanted_cases
from api.openapi import problems
from api.services import Parts, Services
from api.store.exporting import lines

# Before `/v1/cases/{case_id}`, which would take `export.csv` for a case.
router = APIRouter(prefix="/v1/cases", tags=["cases"], dependencies=[requires(*READERS)])

Wanted = Annotated[CaseFilter, Depends(wanted_cases)]
_FILE = {"schema": {"type": "string", "format": "binary"}}


def _responses(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: _FILE}}, **problems(401, 403, 422, 503)}


@router.get(
    "/export.csv",
    summary="Export cases as CSV",
    response_class=StreamingResponse,
    responses=_responses("text/csv"),
)
def get_csv(request: Request, parts: Parts, wanted: Wanted) -> StreamingResponse:
    """All cases that the filters of the list want, oldest first, with the columns that case
    systems in the field export; UTF-8 with a byte order mark, as Excel wants it."""
    pieces = as_csv(_rows(request, parts, wanted))
    return StreamingResponse(pieces, media_type=CSV_TYPE, headers=_attachment("csv"))


@router.get(
    "/export.xlsx",
    summary="Export cases as an Excel workbook",
    response_class=StreamingResponse,
    responses=_responses(XLSX_TYPE),
)
def get_xlsx(request: Request, parts: Parts, wanted: Wanted) -> StreamingResponse:
    """The same as a workbook. It is written to the server's disk whole before the first byte
    comes: for very many cases, CSV answers at once."""
    file = as_xlsx(_rows(request, parts, wanted), parts.settings.data)
    return FileStream(file, XLSX_TYPE, _attachment("xlsx"))


def _rows(request: Request, parts: Services, wanted: CaseFilter) -> Any:
    context = Context(parts.settings.zone, read_main_classes())
    root = str(request.base_url).rstrip("/")
    return (cells(line, context) for line in lines(parts.store, wanted, parts.sources, root))


def _attachment(extension: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="cases.{extension}"'}
