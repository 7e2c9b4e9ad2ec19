"""The little that must be known of H.264 and H.265 bytes: where a NAL unit begins, and its type."""

from collections.abc import Iterator

VIDEO_CODECS = ("h264", "hevc")
"""The codecs that the packet ring and the simulated camera take."""

_PARAMETER_SETS = {"h264": (7, 8), "hevc": (32, 33, 34)}
_SPS = {"h264": 7, "hevc": 33}


def nal_type(codec: str, nal: bytes) -> int:
    """The type number of a NAL unit without start code."""
    return nal[0] & 0x1F if codec == "h264" else (nal[0] >> 1) & 0x3F


def is_picture(codec: str, nal: bytes) -> bool:
    """Whether the NAL unit holds a slice of a picture."""
    kind = nal_type(codec, nal)
    return 1 <= kind <= 5 if codec == "h264" else kind < 32


def is_parameter_set(codec: str, nal: bytes) -> bool:
    """Whether the NAL unit is a VPS, SPS or PPS."""
    return nal_type(codec, nal) in _PARAMETER_SETS[codec]


def is_sps(codec: str, nal: bytes) -> bool:
    """Whether the NAL unit is a sequence parameter set (picture size, profile)."""
    return nal_type(codec, nal) == _SPS[codec]


def split_nals(data: bytes) -> Iterator[bytes]:
    """The NAL units of an Annex B byte stream, in order, without start codes."""
    mark = data.find(b"\x00\x00\x01")
    while mark >= 0:
        begin = mark + 3
        mark = data.find(b"\x00\x00\x01", begin)
        # A fourth zero before the next start code, and padding, belong to no NAL unit.
        nal = data[begin : mark if mark >= 0 else len(data)].rstrip(b"\x00")
        if nal:
            yield nal


def parameter_sets(codec: str, data: bytes) -> tuple[bytes, ...]:
    """The parameter sets that stand before the first slice of an Annex B access unit."""
    found = []
    for nal in split_nals(data):
        if is_picture(codec, nal):
            break
        if is_parameter_set(codec, nal):
            found.append(nal)
    return tuple(found)


def joined(nals: tuple[bytes, ...]) -> bytes:
    """NAL units as an Annex B byte stream."""
    return b"".join(b"\x00\x00\x00\x01" + nal for nal in nals)
