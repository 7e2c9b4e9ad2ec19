"""five-chief openapi: the API's description of itself, without starting it."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer


def openapi(
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write; stdout by default.")
    ] = None,
) -> None:
    """Write the API's OpenAPI description, as the server answers it at `/v1/openapi.json`.

    Clients are generated from it; so are the types of the operators' page.

    Example: `five-chief openapi --out openapi.json`
    """
    from api.app import create_app
    from api.settings import Settings

    with tempfile.TemporaryDirectory() as data:
        app = create_app(Settings(Path(data), ("a-key-that-nobody-uses",)))
        text = json.dumps(app.openapi(), ensure_ascii=False, indent=1) + "\n"
        app.state.services.store.engine.dispose()
    if out is None:
        sys.stdout.write(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)
