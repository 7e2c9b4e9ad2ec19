"""From the bytes of an RTSP connection to pictures, however the network cuts them up."""

import hashlib
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.errors import AuthRefused, NotFound, NoVideo
from streams.rtsp.auth import Credentials
from streams.rtsp.message import Answer, NotRtspError, take_message
from streams.rtsp.rtp import Assembler, Unit, annexb, head, nals
from streams.rtsp.sdp import find_video
from streams.rtsp.session import Address, NotSpokenError, Session, Step
from streams.simulator.pack import pack

SLICE = {"h264": b"\x41", "hevc": b"\x02\x01"}
KEY = {"h264": b"\x65", "hevc": b"\x26\x01"}
SETS = {
    "h264": (b"\x67\x42\x00\x1e", b"\x68\xce"),
    "hevc": (b"\x40\x01\x0c", b"\x42\x01\x01", b"\x44\x01\xc0"),
}
SEI = {"h264": b"\x06\x05\x01\x00", "hevc": b"\x4e\x01\x05\x00"}
AUD = {"h264": b"\x09\x10", "hevc": b"\x46\x01\x50"}
REPLY = b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nContent-Length: 4\r\n\r\nbody"
CODECS = pytest.mark.parametrize("codec", ["h264", "hevc"])


def pictures(codec: str, sizes: list[int]) -> list[tuple[bytes, ...]]:
    """The first a keyframe with its parameter sets, of slices so long."""
    made = [(AUD[codec], *SETS[codec], SEI[codec], KEY[codec] + bytes([9]) * sizes[0])]
    return made + [(SLICE[codec] + bytes([7]) * size,) for size in sizes[1:]]


def wire(codec: str, made: list[tuple[bytes, ...]], first: int = 65_530) -> list[bytes]:
    """Each picture's framed packets, numbers running on over 65535."""
    packed = [pack(codec, one) for one in made]
    numbers = [first + sum(len(p.starts) for p in packed[:i]) for i in range(len(packed))]
    return [
        p.stamped(number & 0xFFFF, index * 3600, 1).tobytes()
        for index, (p, number) in enumerate(zip(packed, numbers, strict=True))
    ]


def fed(data: bytes, cuts: list[int]) -> tuple[list[Unit], list[Answer | None]]:
    assembler, units, messages = Assembler(0), [], []
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in itertools.pairwise(edges):
        new, stopped = assembler.feed(data[begin:end])
        units += new
        while stopped is not None and (found := take_message(assembler.rest, stopped)):
            messages.append(found[0])
            assembler.skip(stopped, found[1])
            new, stopped = assembler.feed(b"")
            units += new
    return units, messages


@given(
    codec=st.sampled_from(["h264", "hevc"]),
    sizes=st.lists(st.integers(1, 6000), min_size=1, max_size=5),
    cuts=st.lists(st.integers(0, 10**6), max_size=12),
    spot=st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_pictures_come_out_as_they_went_in_wherever_the_stream_is_cut(codec, sizes, cuts, spot):
    made = pictures(codec, sizes)
    sent = wire(codec, made)
    rtcp = b"$\x01\x00\x08" + bytes(8)
    # An answer and a report may stand between any two packets.
    between = spot % (len(sent) + 1)
    data = b"".join([*sent[:between], REPLY, rtcp, *sent[between:]])
    units, messages = fed(data, cuts)
    assert [tuple(nals(codec, unit.raw, 0)) for unit in units] == made
    assert [m.body for m in messages if m] == ["body"]
    assert all(unit.complete and unit.follows for unit in units)
    assert [unit.timestamp for unit in units] == [index * 3600 for index in range(len(made))]
    heads = [head(codec, unit.raw, 0) for unit in units]
    assert [one.keyframe for one in heads] == [True, *[False] * (len(made) - 1)]
    assert heads[0].sets == SETS[codec]


@CODECS
def test_missing_packets_are_noticed_within_a_picture_and_between(codec: str) -> None:
    sent = wire(codec, pictures(codec, [5000, 5000, 10, 10]), first=100)
    cut = 4 + int.from_bytes(sent[1][2:4], "big")
    second_gone = sent[1][:cut] + sent[1][2 * cut :]
    units, _ = fed(b"".join([sent[0], second_gone, sent[3]]), [])
    told = [(unit.complete, unit.follows) for unit in units]
    assert told == [(True, True), (False, True), (True, False)]


@CODECS
def test_a_camera_that_sets_no_marker_is_read_by_its_timestamps(codec: str) -> None:
    made = pictures(codec, [2000, 10, 3000])
    sent = []
    for one in wire(codec, made):
        data, at = bytearray(one), 0
        while at < len(data):
            data[at + 5] &= 0x7F
            at += 4 + int.from_bytes(data[at + 2 : at + 4], "big")
        sent.append(bytes(data))
    units, _ = fed(b"".join(sent), [])
    assert [tuple(nals(codec, unit.raw, 0)) for unit in units] == made[:2]


def test_aggregated_parameter_sets_are_found() -> None:
    inner = b"".join(len(nal).to_bytes(2, "big") + nal for nal in SETS["h264"])
    aggregate = b"\x78" + inner
    frame = b"".join(pack("h264", [b"\x61"]).stamped(1, 0, 1).tobytes() for _ in range(0))
    packet = bytes([0x80, 96]) + bytes(10) + aggregate
    key = bytes([0x80, 0xE0, 0, 1]) + bytes(8) + KEY["h264"] + bytes(5)
    for one in (packet, key):
        frame += b"$\x00" + len(one).to_bytes(2, "big") + one
    assert head("h264", frame, 0).sets == SETS["h264"]
    assert annexb("h264", frame, 0).count(b"\x00\x00\x00\x01") == 3
    hevc = b"\x60\x01" + b"".join(len(n).to_bytes(2, "big") + n for n in SETS["hevc"])
    packet = bytes([0x80, 96]) + bytes(10) + hevc
    key = bytes([0x80, 0xE0, 0, 1]) + bytes(8) + KEY["hevc"] + bytes(5)
    frame = b"".join(b"$\x00" + len(p).to_bytes(2, "big") + p for p in (packet, key))
    assert head("hevc", frame, 0) == head("hevc", frame, 0)
    assert (head("hevc", frame, 0).keyframe, head("hevc", frame, 0).sets) == (True, SETS["hevc"])


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_nonsense_never_does_worse_than_be_refused(data: bytes) -> None:
    try:
        units, _ = fed(b"$\x00\x00\x20" + data, [])
    except NotRtspError:
        return
    for unit in units:
        for codec in ("h264", "hevc"):
            head(codec, unit.raw, 0)
            annexb(codec, unit.raw, 0)


def test_a_picture_that_never_ends_is_refused() -> None:
    assembler = Assembler(0, max_unit=1000)
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        assembler.feed(wire("h264", pictures("h264", [5000]))[0][:2000])


@pytest.mark.parametrize(
    ("extra", "hashed"),
    [("", "md5"), (', qop="auth"', "md5"), (', algorithm=SHA-256, qop="auth"', "sha256")],
)
def test_digest_is_what_the_standard_computes(extra: str, hashed: str) -> None:
    own = Credentials("Mufasa", "Circle of Life")
    assert own.header("DESCRIBE", "rtsp://h/c") == ""
    assert own.challenged([f'Digest realm="r", nonce="n1", opaque="o"{extra}'])
    header = own.header("DESCRIBE", "rtsp://h/c")
    given_fields = dict(re.findall(r'(\w+)="?([^",]+)"?', header.removeprefix("Digest ")))

    def h(text: str) -> str:
        return hashlib.new(hashed, text.encode()).hexdigest()

    secret, what = h("Mufasa:r:Circle of Life"), h("DESCRIBE:rtsp://h/c")
    middle = f"n1:{given_fields['nc']}:{given_fields['cnonce']}:auth" if "qop" in extra else "n1"
    assert given_fields["response"] == h(f"{secret}:{middle}:{what}")
    assert given_fields["opaque"] == "o"


def test_basic_is_answered_and_the_better_of_two_is_taken() -> None:
    own = Credentials("user", "pass:word")
    assert own.challenged(['Basic realm="r"'])
    assert own.header("PLAY", "rtsp://h") == "Basic dXNlcjpwYXNzOndvcmQ="
    both = Credentials("user", "pass")
    assert both.challenged(['Basic realm="r"', 'Digest realm="r", nonce="n"'])
    assert both.header("PLAY", "rtsp://h").startswith("Digest ")
    assert not Credentials("u", "p").challenged(['Negotiate realm="r"'])


SDP = """v=0\r
o=- 0 0 IN IP4 0.0.0.0\r
s=camera\r
a=control:*\r
m=audio 0 RTP/AVP 8\r
a=control:trackID=2\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAHg==,aM4=\r
a=control:trackID=1\r
"""


def test_the_video_track_is_found_among_others() -> None:
    video = find_video(SDP, "rtsp://h/cam/")
    assert video is not None
    assert (video.codec, video.clock_rate, video.control) == (
        "h264",
        90_000,
        "rtsp://h/cam/trackID=1",
    )
    assert video.sets == SETS["h264"]
    assert find_video(SDP[: SDP.index("m=video")], "rtsp://h") is None


def session(url: str = "rtsp://admin:s3cr3t@h:8554/cam") -> Session:
    return Session(Address.of(url), lambda kind, detail: kind("c", "rtsp://h", detail))


def answer(status: int = 200, body: str = "", **headers: str) -> Answer:
    return Answer(status, {k.replace("_", "-"): (v,) for k, v in headers.items()}, body)


def test_the_conversation_ends_in_a_playing_stream_and_never_names_the_password() -> None:
    talk = session()
    sent = [talk.begin()]
    for reply in (
        answer(public="DESCRIBE, SETUP, PLAY, GET_PARAMETER"),
        answer(401, www_authenticate='Digest realm="r", nonce="n"'),
        answer(body=SDP, content_base="rtsp://h:8554/cam/"),
        answer(transport="RTP/AVP/TCP;unicast;interleaved=4-5", session="12;timeout=30"),
        answer(),
    ):
        data = talk.answered(reply)
        sent += [] if data is None else [data]
    words = [data.decode().split(" ")[:2] for data in sent]
    assert words == [
        ["OPTIONS", "rtsp://h:8554/cam"],
        ["DESCRIBE", "rtsp://h:8554/cam"],
        ["DESCRIBE", "rtsp://h:8554/cam"],
        ["SETUP", "rtsp://h:8554/cam/trackID=1"],
        ["PLAY", "rtsp://h:8554/cam/"],
    ]
    assert (talk.step, talk.channel, talk.keep_alive_s) == (Step.PLAYING, 4, 15.0)
    assert b"GET_PARAMETER" in talk.keep_alive()
    assert b"Session: 12\r\n" in talk.goodbye()
    assert not any(b"s3cr3t" in data for data in sent)


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ([answer(401)], AuthRefused),
        ([answer(), answer(404)], NotFound),
        ([answer(), answer(403)], AuthRefused),
        ([answer(), answer(302)], NotSpokenError),
        ([answer(), answer(body="v=0\r\nm=audio 0 RTP/AVP 8\r\n")], NoVideo),
        ([answer(), answer(body=SDP.replace("H264", "JPEG"))], NotSpokenError),
        ([answer(), answer(body=SDP), answer(461)], NotSpokenError),
        ([answer(), answer(body=SDP), answer(transport="RTP/AVP;unicast")], NotSpokenError),
    ],
)
def test_what_ends_the_conversation_has_a_name(replies: list[Answer], error: type) -> None:
    talk = session("rtsp://h/cam")
    talk.begin()
    for reply in replies[:-1]:
        talk.answered(reply)
    with pytest.raises(error):
        talk.answered(replies[-1])
