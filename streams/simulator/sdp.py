"""The description of a stream, as DESCRIBE answers it (RFC 8866)."""

from streams.nal import nal_type
from streams.simulator.pack import PAYLOAD_TYPE
from streams.simulator.source import CLOCK_RATE, Source, sprop

TRACK = "trackID=0"

_HEVC_NAMES = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}


def describe(name: str, source: Source) -> str:
    """The SDP of a mount, parameter sets included."""
    encoding = "H264" if source.codec == "h264" else "H265"
    lines = [
        "v=0",
        "o=- 0 0 IN IP4 0.0.0.0",
        f"s={name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} {encoding}/{CLOCK_RATE}",
        f"a=fmtp:{PAYLOAD_TYPE} {_parameters(source)}",
        f"a=control:{TRACK}",
    ]
    return "\r\n".join(lines) + "\r\n"


def _parameters(source: Source) -> str:
    if source.codec == "h264":
        sps = next((nal for nal in source.sets if nal_type("h264", nal) == 7), b"\x67\x42\x00\x1e")
        sets = ",".join(sprop(source.sets))
        return f"packetization-mode=1;profile-level-id={sps[1:4].hex()};sprop-parameter-sets={sets}"
    return ";".join(
        f"{_HEVC_NAMES[nal_type('hevc', nal)]}={text}"
        for nal, text in zip(source.sets, sprop(source.sets), strict=True)
    )
