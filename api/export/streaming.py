"""Sending a file that was made for one answer."""

from collections.abc import Mapping
from typing import BinaryIO

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.export.tables import in_pieces


class FileStream(StreamingResponse):
    """Sends a file and closes it, even when the reader went away before the first byte."""

    def __init__(self, file: BinaryIO, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(in_pieces(file), media_type=media_type, headers=headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()
