"""All cameras' sockets on one thread.

Those that still talk are served at once. Those that play are read on a beat: five large reads a
second cost a fraction of what waking up for each packet does, and nothing here needs a picture
sooner than that.
"""

import contextlib
import select
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from streams.rtsp.connection import CHUNK, Connection
from streams.rtsp.stream import CameraStream

BEAT_S = 0.2
TURN_S = 0.2
_IN, _OUT = select.EPOLLIN, select.EPOLLOUT
_Sockets = dict[int, tuple[CameraStream, Connection]]


class Hub:
    """Keeps any number of streams going until told to stop."""

    def __init__(self, streams: Iterable[CameraStream] = ()) -> None:
        self._lock = threading.Lock()
        self._joining: list[CameraStream] = list(streams)
        self._leaving: list[CameraStream] = []
        self._streams: list[CameraStream] = []
        self._talking: _Sockets = {}
        self._playing: _Sockets = {}
        self._buffer = memoryview(bytearray(CHUNK))

    def add(self, stream: CameraStream) -> None:
        """Takes a stream on, within a beat or two; from any thread."""
        with self._lock:
            self._joining.append(stream)

    def remove(self, stream: CameraStream) -> None:
        """Ends a stream, within a beat or two; from any thread."""
        with self._lock:
            self._leaving.append(stream)

    def run(self, stop: threading.Event) -> None:
        """Reads all streams until `stop` is set; then closes them."""
        with (
            ThreadPoolExecutor(2, "resolver") as resolver,
            select.epoll() as talking,
            select.epoll() as playing,
        ):
            try:
                self._loop(stop, talking, playing, resolver)
            finally:
                for stream in self._streams:
                    stream.leave() if stop.is_set() else stream.drop()
                self._talking.clear()
                self._playing.clear()

    def _loop(
        self,
        stop: threading.Event,
        talking: select.epoll,
        playing: select.epoll,
        resolver: ThreadPoolExecutor,
    ) -> None:
        beat = turn = time.monotonic()
        while not stop.is_set():
            now = time.monotonic()
            # Read before looking for silence: after a pause of this machine what came meanwhile
            # lies in the sockets, and no camera is to blame.
            if now >= beat:
                beat = max(beat + BEAT_S, now)
                for number, _ in playing.poll(0, max(len(self._playing), 1)):
                    self._playing[number][0].take(self._buffer)
                self._sort(talking, playing)
            if now >= turn:
                turn = now + TURN_S
                self._admit()
                for stream in self._streams:
                    stream.turn(now, resolver)
                self._sort(talking, playing)
            wait_s = max(min(beat, turn) - time.monotonic(), 0.0)
            if not self._talking:
                stop.wait(wait_s)
                continue
            for number, event in talking.poll(wait_s):
                self._talk(number, event, talking)
            self._sort(talking, playing)

    def _talk(self, number: int, event: int, talking: select.epoll) -> None:
        stream, connection = self._talking[number]
        if event & _OUT:
            stream.guarded(connection.write)
            if stream.connection is connection:
                talking.modify(number, _IN)
        else:
            stream.take(self._buffer)

    def _admit(self) -> None:
        with self._lock:
            joining, self._joining = self._joining, []
            leaving, self._leaving = self._leaving, []
        self._streams += joining
        for stream in leaving:
            stream.leave()
            self._streams.remove(stream)

    def _sort(self, talking: select.epoll, playing: select.epoll) -> None:
        """Registers new sockets, moves those that began to play, forgets closed ones."""
        talk: _Sockets = {}
        play: _Sockets = {}
        for stream in self._streams:
            connection = stream.connection
            if connection is None or connection.socket is None:
                continue
            number = connection.socket.fileno()
            (play if connection.playing else talk)[number] = (stream, connection)
        _register(talking, self._talking, talk, _IN | _OUT)
        _register(playing, self._playing, play, _IN)
        self._talking, self._playing = talk, play


def _register(poll: select.epoll, had: _Sockets, has: _Sockets, events: int) -> None:
    # A closed descriptor leaves its epoll by itself, and its number may already be another's.
    for number in had.keys() - has.keys():
        with contextlib.suppress(OSError):
            poll.unregister(number)
    for number, entry in has.items():
        if number not in had or had[number][1] is not entry[1]:
            try:
                poll.register(number, events)
            except FileExistsError:
                poll.modify(number, events)
