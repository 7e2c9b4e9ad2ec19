"""How a camera is opened, and how it is tried again."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """Settings of one live stream.

    Attributes:
        transport: how RTP travels. `tcp` passes firewalls and loses nothing.
        open_timeout_s: seconds until a silent address counts as unreachable.
        read_timeout_s: seconds without a packet until the stream counts as stalled.
        analyze_us: microseconds of stream that FFmpeg may look at before it hands on packets.
            Its own default makes every connect a second slower; the first packet mostly will do.
        backoff_first_s: the first wait between two tries is at most this long.
        backoff_max_s: no wait is longer, save for the next.
        auth_wait_s: the wait after a refused password. Cameras lock an account, or an address,
            after five to seven wrong tries; a password seldom mends itself.
    """

    transport: Literal["tcp", "udp"] = "tcp"
    open_timeout_s: float = 5.0
    read_timeout_s: float = 10.0
    analyze_us: int = 100_000
    backoff_first_s: float = 0.5
    backoff_max_s: float = 30.0
    auth_wait_s: float = 300.0

    def __post_init__(self) -> None:
        if self.transport not in ("tcp", "udp"):
            raise ValueError(f"transport is {self.transport!r}: use 'tcp' or 'udp'")
        for name in (
            "open_timeout_s",
            "read_timeout_s",
            "backoff_first_s",
            "backoff_max_s",
            "auth_wait_s",
        ):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}: use a number above 0")
        if self.backoff_max_s < self.backoff_first_s:
            raise ValueError(
                f"backoff_max_s is {self.backoff_max_s}: use at least backoff_first_s "
                f"({self.backoff_first_s})"
            )
