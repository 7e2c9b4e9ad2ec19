"""Whether a file is what it says: a whole JPEG or PNG picture, or an MP4 with video."""

import struct
from pathlib import PurePath
from typing import Any, BinaryIO

import av
import cv2
import numpy as np

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
_JPEG = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
# Start-of-frame markers: C0..CF without C4 (tables), C8 (reserved) and CC (arithmetic coding).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class MediaError(Exception):
    """The content is not of the media type that was declared for it."""


def check_media(file: BinaryIO, media_type: str, max_pixels: int) -> tuple[int, int] | None:
    """Look into a file, from its start.

    Args:
        file: seekable, open for reading.
        media_type: `image/jpeg`, `image/png` or `video/mp4`.
        max_pixels: largest picture that is decoded, width times height.

    Returns:
        A picture's width and height as it is shown, in pixels; None for video.

    Raises:
        MediaError: it is something else, cut off, broken, or too large a picture.
    """
    file.seek(0)
    if media_type == "video/mp4":
        _check_mp4(file)
        return None
    return _check_picture(file.read(), media_type, max_pixels)


def _check_picture(data: bytes, media_type: str, max_pixels: int) -> tuple[int, int]:
    name = PurePath(media_type).name.upper()
    head, tail = (_PNG, _PNG_END) if media_type == "image/png" else (_JPEG, _JPEG_END)
    if not data.startswith(head):
        raise MediaError(f"does not begin as a {name} picture does")
    # Some encoders pad the end with zeros; a picture that was cut off ends in something else.
    if not data.rstrip(b"\0").endswith(tail):
        raise MediaError(f"the {name} picture is cut off")
    size = _png_size(data) if media_type == "image/png" else _jpeg_size(data)
    if size is None:
        raise MediaError(f"the {name} picture does not say its size")
    # Before decoding, since a few kilobytes can unfold to gigabytes.
    if size[0] * size[1] > max_pixels:
        raise MediaError(f"{size[0]}x{size[1]} is more than {max_pixels} pixels")
    small = media_type == "image/jpeg" and size[0] // 8 != size[1] // 8
    image = _decoded(data, cv2.IMREAD_REDUCED_GRAYSCALE_8 if small else cv2.IMREAD_COLOR)
    if image is None:
        raise MediaError(f"cannot be decoded as a {name} picture")
    # Not `size`: a camera that hangs on its side says so in the file, and viewers turn it.
    height, width = image.shape[:2]
    if small:
        return size if (width > height) == (size[0] > size[1]) else (size[1], size[0])
    return width, height


def _decoded(data: bytes, how: int) -> np.ndarray[Any, Any] | None:
    """The picture, or None.

    An eighth of a JPEG's size in grey does as well as the whole for whether it can be decoded: all
    of its code is read, and only what comes after that is spared, two thirds of the time.
    """
    try:
        image: np.ndarray[Any, Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error:
        return None
    return image


def _png_size(data: bytes) -> tuple[int, int] | None:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _check_mp4(file: BinaryIO) -> None:
    if file.read(8)[4:] != b"ftyp":
        raise MediaError("does not begin as an MP4 file does")
    file.seek(0)
    try:
        # The format is named, so that nothing that points to other files is ever opened.
        with av.open(file, mode="r", format="mp4") as container:
            if not container.streams.video:
                raise MediaError("the MP4 file has no video track")
            track = container.streams.video[0]
            if not (track.width and track.height):
                raise MediaError("the MP4 file's video has no size")
            if not any(packet.size for packet in container.demux(track)):
                raise MediaError("the MP4 file's video is empty")
    except (av.FFmpegError, EOFError) as error:
        raise MediaError(f"cannot be opened as an MP4 file: {error}") from error
