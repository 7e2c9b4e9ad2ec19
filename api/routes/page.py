"""The operators' page: static files, which hold no data and so need no key."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, RedirectResponse

from api.auth import PUBLIC
from api.problems import Problem

SHIFT = Path(__file__).parent.parent / "shift"
"""What `make page` builds of the folder `page/`."""

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])


@router.get("/")
def get_page() -> RedirectResponse:
    """Where the page is. A browser keeps what stands behind the `#` of the address."""
    return RedirectResponse("/shift/", 307)


@router.get("/shift/{view:path}")
def get_shift(view: str) -> FileResponse:
    """A file of the page; the page itself at each address of its views, which it tells apart."""
    file = (SHIFT / view).resolve()
    if file.is_relative_to(SHIFT) and file.is_file():
        return FileResponse(file, headers={"Cache-Control": "no-cache"})
    # A view's address may have a dot, as a camera's id may; what is built stands in `assets/`.
    if view.startswith("assets/") or not (SHIFT / "index.html").is_file():
        raise Problem(404, "no-page", "there is no such page")
    return FileResponse(SHIFT / "index.html", headers={"Cache-Control": "no-cache"})


def mount(app: FastAPI) -> None:
    """Serve the page under /shift."""
    app.include_router(router)
