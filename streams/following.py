"""One camera's pictures as they come, each decoded once: for somebody who watches it live."""

from datetime import datetime
from typing import Any

import av
import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from streams.decoding import new_context
from streams.encoded import Encoded, Group
from streams.nal import joined

MOST = 64
"""Pictures decoded a step; what a long group holds beyond them waits for the next steps."""


class Follower:
    """Decodes a camera's newest group a step at a time, and never falls behind it by more.

    Where decoding is slower than the camera, the next keyframe is begun with at once, and what was
    left of the group before is passed over: nothing queues. For one thread.
    """

    def __init__(self) -> None:
        self._first: Encoded | None = None
        self._done = 0
        self._context: VideoCodecContext | None = None

    def step(self, group: Group) -> tuple[VideoFrame, datetime] | None:
        """The newest picture that could be decoded, and when it was taken (UTC).

        None where there is nothing new, or damage.

        Args:
            group: the newest keyframe with all that came since.
        """
        if group.pictures[0] is not self._first:
            self._first, self._done = group.pictures[0], 0
            self._context = new_context(group.codec, strict=False)
        if self._context is None:  # damaged: the next keyframe is another chance
            return None
        # A keyframe is shown by itself first: what came since may take a moment.
        end = min(len(group.pictures), self._done + MOST) if self._done else 1
        new, self._done = group.pictures[self._done : end], end
        newest: VideoFrame | None = None
        try:
            for index, picture in enumerate(new):
                self._context.skip_frame = "DEFAULT" if index == len(new) - 1 else "NONREF"
                for frame in self._context.decode(_packet(picture, group)):
                    newest = frame
        except av.error.FFmpegError:
            self._context = None
            return None
        if newest is None:
            return None
        taken = (one.wallclock for one in new if one.pts == newest.pts)
        return newest, next(taken, new[-1].wallclock)


def _packet(picture: Encoded, group: Group) -> "Packet[Any]":
    whole = joined(group.sets) + picture.data if picture.keyframe else picture.data
    packet = av.Packet(whole)
    packet.pts = packet.dts = picture.pts
    packet.is_keyframe = picture.keyframe
    return packet
