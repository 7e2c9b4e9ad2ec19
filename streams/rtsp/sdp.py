"""What an RTSP server says of its stream (RFC 8866), as far as video needs it."""

import base64
import binascii
import re
from dataclasses import dataclass

_CODECS = {"H264": "h264", "H265": "hevc", "HEVC": "hevc"}
_SETS = re.compile(r"sprop-(?:parameter-sets|vps|sps|pps)=([A-Za-z0-9+/=,]+)")


@dataclass(frozen=True, slots=True)
class Video:
    """The video track.

    Attributes:
        codec: `h264` or `hevc`; None for one that is not spoken here.
        name: the codec as the server calls it.
        clock_rate: ticks a second of its timestamps.
        control: where SETUP goes, absolute.
        sets: its parameter sets, without start codes; cameras may leave them out.
        interleaving: whether NAL units may come out of order (packetization-mode 2, DON fields).
    """

    codec: str | None
    name: str
    clock_rate: int
    control: str
    sets: tuple[bytes, ...]
    interleaving: bool


def find_video(text: str, base: str) -> Video | None:
    """The first video track of a description; None where there is none.

    Args:
        text: the SDP.
        base: the address that relative controls are taken from.
    """
    head, *media = re.split(r"(?m)^m=", text.replace("\r\n", "\n"))
    for part in media:
        if not part.startswith("video "):
            continue
        kind = part.split("\n", 1)[0].split(" ")[3:4]
        mapping = re.search(rf"(?m)^a=rtpmap:{kind[0] if kind else '96'} ([^/\n]+)/(\d+)", part)
        name, rate = (mapping[1], int(mapping[2])) if mapping else ("unknown", 90_000)
        return Video(
            codec=_CODECS.get(name.upper()),
            name=name,
            clock_rate=rate or 90_000,
            control=_joined(base, _control(head), _control(part)),
            sets=_sets(part),
            interleaving=bool(
                re.search(r"packetization-mode=2|sprop-max-don-diff=[1-9]|tx-mode=MRST", part)
            ),
        )
    return None


def _control(part: str) -> str:
    found = re.search(r"(?m)^a=control:(\S+)", part)
    return found[1] if found else ""


def _joined(base: str, session: str, track: str) -> str:
    if track.startswith(("rtsp://", "rtsps://")):
        return track
    root = session if session.startswith("rtsp") else base
    return root if track in ("", "*") else root.rstrip("/") + "/" + track.lstrip("/")


def _sets(part: str) -> tuple[bytes, ...]:
    found = []
    for value in _SETS.findall(part):
        for text in value.split(","):
            try:
                nal = base64.b64decode(text + "=" * (-len(text) % 4))
            except (binascii.Error, ValueError):
                continue
            if nal:
                found.append(nal)
    return tuple(found)
