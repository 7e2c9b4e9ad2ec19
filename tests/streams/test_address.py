"""No address shows a password."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.address import escaped, redact

odd = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://10.0.0.1:554/stream1", "rtsp://10.0.0.1:554/stream1"),
        ("rtsp://admin:12345@10.0.0.1/live", "rtsp://***@10.0.0.1/live"),
        ("rtsp://admin:p@ss:/w@rd@10.0.0.1/live", "rtsp://***@10.0.0.1/live"),
        ("rtsp://admin:12/34@10.0.0.1/live", "rtsp://***@10.0.0.1/live"),
        ("rtsp://token@10.0.0.1/live", "rtsp://***@10.0.0.1/live"),
        ("rtsp://10.0.0.1/cam@1", "rtsp://10.0.0.1/cam@1"),
        ("rtsp://[fe80::1]:554/x", "rtsp://[fe80::1]:554/x"),
        (
            "rtsp://10.0.0.1/cam?user=admin&password=abc&channel=1",
            "rtsp://10.0.0.1/cam?user=***&password=***&channel=1",
        ),
        (
            "rtsp://10.0.0.1/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp",
            "rtsp://10.0.0.1/user=***_password=***_channel=1_stream=0.sdp",
        ),
        ("http://10.0.0.1/a?Token=x.y;b=2", "http://10.0.0.1/a?Token=***;b=2"),
        ("/clips/gate@night.mp4", "/clips/gate@night.mp4"),
        ("", ""),
    ],
)
def test_known_forms(url: str, shown: str) -> None:
    assert redact(url) == shown


@given(odd, odd)
def test_any_user_and_password_is_hidden(user: str, password: str) -> None:
    assert redact(f"rtsp://{user}:{password}@10.0.0.1:554/live") == "rtsp://***@10.0.0.1:554/live"


@given(st.text())
def test_any_text_can_be_redacted_twice(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_odd_passwords_are_escaped_for_ffmpeg_and_escaped_ones_stay() -> None:
    assert escaped("rtsp://admin:p@/s:s@h/x") == "rtsp://admin:p%40%2Fs%3As@h/x"
    assert escaped("rtsp://admin:p%40ss@h/x") == "rtsp://admin:p%40ss@h/x"
    assert escaped("rtsp://h/cam@1") == "rtsp://h/cam@1"
