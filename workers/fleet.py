"""All cameras of a worker: one thread reads them, a few look at what is due.

Nothing waits in a queue that could grow: of each camera the newest keyframe alone waits to be
looked at, in place of the one before.
"""

import logging
import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from detector.detections import Detections
from detector.model import Model
from streams.clock import utcnow
from streams.decoding import Decoder
from streams.encoded import Group
from streams.health import StreamStatus
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.rtsp import CameraStream, Hub
from streams.shot import Shot
from workers.camera import CameraWorker
from workers.detecting import Taken, detect
from workers.looks import Look, Tally
from workers.schedule import Schedule
from workers.source import Source
from workers.substream import SubStream

log = logging.getLogger(__name__)

_AGES = 4_000
_DOZE_S = 0.5


@dataclass(slots=True)
class _Post:
    """A camera in the fleet."""

    worker: CameraWorker
    main: Source
    sub: SubStream | None
    connects: int = 0


class Fleet:
    """Runs all cameras' looks, earliest deadline first, a few at once."""

    def __init__(
        self,
        models: Mapping[str, Model],
        threads: int = 1,
        batch: int = 2,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        """A fleet without cameras.

        Args:
            models: loaded, by the names that rules call them.
            threads: how many looks go on at once.
            batch: pictures of several cameras that one of them takes on together.
            now: the clock, timezone-aware, UTC.
        """
        self._models = dict(models)
        self._threads = threads
        self._batch = batch
        self._now = now
        self._hub = Hub()
        self._ready = threading.Condition()
        self._schedule = Schedule()
        self._posts: dict[str, _Post] = {}
        self._ages: deque[float] = deque(maxlen=_AGES)
        self.on_shot: Callable[[str, Shot], None] = _ignore
        """Told of each picture that was decoded, on the thread that looks."""
        self.counts: Counter[str] = Counter()
        """Since the start: `looks`, `decodes`, `pictures_decoded`, `sub_looks`, `inferences`."""

    def stream(
        self, camera_id: str, url: str, options: StreamOptions, ring: PacketRing
    ) -> CameraStream:
        """A stream whose keyframes come to this fleet."""

        def tell(status: StreamStatus) -> None:
            if status.next_try_at is not None:
                self._lost(camera_id)

        return CameraStream(
            camera_id, url, self._keyframe, options, ring, now=self._now, on_status=tell
        )

    def add(
        self, worker: CameraWorker, sub_url: str | None = None, options: StreamOptions | None = None
    ) -> None:
        """Takes a camera on; from any thread.

        Args:
            worker: judges what is seen on it.
            sub_url: the address of its sub-stream, if it has one.
            options: of its sub-stream.
        """
        name = worker.place.camera_id
        with self._ready:
            sub = sub_url and SubStream(name, sub_url, options or StreamOptions(), self._now)
            self._posts[name] = _Post(worker, Source(worker.stream), sub or None)
            pipeline = worker.pipeline
            self._schedule.add(
                name,
                lambda at: pipeline.cadences(datetime.fromtimestamp(at, UTC)),
                self._now().timestamp(),
                _seconds(pipeline.undecided),
            )
        self._hub.add(worker.stream)

    def remove(self, camera_id: str) -> None:
        """Lets a camera go; a look that is under way is finished. From any thread."""
        with self._ready:
            post = self._posts.pop(camera_id, None)
            self._schedule.remove(camera_id)
        if post is not None:
            self._hub.remove(post.worker.stream)
            if post.sub is not None:
                post.sub.tend(self._hub, needed=False)

    def ask(self, camera_id: str) -> None:
        """The camera's next keyframe is to be looked at by all its models; from any thread.

        What they see goes through `CameraWorker.judge` as ever, and to its `observers`.

        Raises:
            KeyError: there is no such camera.
        """
        with self._ready:
            self._schedule.ask(camera_id, self._now().timestamp())

    def show(self, camera_id: str) -> None:
        """The camera's next keyframe is to be decoded for those that ask for pictures."""
        with self._ready:
            if camera_id in self._posts:
                self._schedule.show(camera_id, self._now().timestamp())

    def newest(self, camera_id: str) -> Group | None:
        """A camera's newest keyframe with what came since, undecoded; None while there is none."""
        with self._ready:
            post = self._posts.get(camera_id)
        return None if post is None else post.main.group(math.inf) or post.main.newest

    def know(self, models: Mapping[str, Model]) -> None:
        """Takes on further models, for cameras that are added later."""
        self._models = {**self._models, **models}

    def jobs(self) -> list[tuple[str, Callable[[threading.Event], None]]]:
        """What is to run on threads of their own until told to stop."""
        looks = [(f"looks {number}", self._look) for number in range(self._threads)]
        return [("streams", self._hub.run), *looks]

    def tally(self, camera_id: str) -> dict[str, Tally]:
        """What became of a camera's due analyses, by model."""
        with self._ready:
            return self._schedule.tally(camera_id)

    def total(self) -> Tally:
        """What became of all due analyses."""
        with self._ready:
            return self._schedule.total()

    def waiting(self) -> int:
        """How many cameras have something due and wait for a thread that looks."""
        with self._ready:
            return self._schedule.waiting(self._now().timestamp())

    def onward(self, camera_id: str) -> tuple[str, ...]:
        """Models for which this camera is decoded between keyframes, since those come too late."""
        with self._ready:
            return self._schedule.onward(camera_id)

    def sub(self, camera_id: str) -> SubStream | None:
        """The camera's sub-stream, if it has one."""
        with self._ready:
            return self._posts[camera_id].sub

    def packets(self) -> int:
        """Encoded pictures received so far, of all cameras."""
        with self._ready:
            posts = list(self._posts.values())
        return sum(post.worker.stream.received for post in posts)

    def age_s(self, shares: Sequence[float]) -> list[float]:
        """How old pictures were when they had been judged, seconds, at shares such as 0.95."""
        ages = list(self._ages)
        return [float(one) for one in np.quantile(ages, shares)] if ages else []

    def _keyframe(self, stream: CameraStream, group: Group) -> None:
        at = group.captured_at.timestamp()
        with self._ready:
            post = self._posts.get(stream.camera_id)
            if post is None:
                return
            post.main.newest = group
            connects = stream.status.connects
            if connects != post.connects:  # the ring begins anew with each connection
                post.connects = connects
                ready = at + post.worker.pre_roll.total_seconds()
                self._schedule.connected(stream.camera_id, ready)
            if self._schedule.keyframe(stream.camera_id, at, stream.gop_s):
                self._ready.notify()
            if post.sub is not None:
                needed = bool(self._schedule.onward(stream.camera_id))
                post.sub.tend(self._hub, needed=needed)

    def _lost(self, camera_id: str) -> None:
        with self._ready:
            if camera_id in self._posts:
                self._schedule.lost(camera_id, self._now().timestamp())

    def _look(self, stop: threading.Event) -> None:
        decoder = Decoder()
        while not stop.is_set():
            taken = self._take()
            left = {look.camera: (look, post) for look, post in taken}
            try:
                shots = [
                    Taken(look, post.worker, *seen)
                    for look, post in taken
                    if (seen := self._decode(decoder, look, post)) is not None
                ]
                found = detect(self._models, shots, stop)
                self.counts["inferences"] += sum(map(len, found.values()))
                for one in shots if not stop.is_set() else ():
                    self._judge(one, found[one.look.camera])
                    del left[one.look.camera]
            finally:
                # What could not be decoded, or failed: the next keyframe is another chance.
                self._give_back([look for look, _ in left.values()])

    def _take(self) -> list[tuple[Look, _Post]]:
        with self._ready:
            now = self._now().timestamp()
            looks = self._schedule.take(now, self._batch)
            if not looks:
                self._ready.wait(min(max(self._schedule.next_due(now) - now, 0.01), _DOZE_S))
            self.counts["looks"] += len(looks)
            return [(look, self._posts[look.camera]) for look in looks]

    def _give_back(self, looks: Sequence[Look]) -> None:
        if not looks:
            return
        with self._ready:
            for look in looks:
                self._schedule.done(look, None, self._now().timestamp())

    def _decode(self, decoder: Decoder, look: Look, post: _Post) -> tuple[Shot, Source] | None:
        if look.onward is not None and post.sub is not None:
            seen = post.sub.look(decoder, post.main, self._inputs(look.camera), look.models)
            if seen is not None:
                self.counts["sub_looks"] += 1
                return seen
        group = post.main.group(look.onward)
        if group is None:
            return None
        self.counts["decodes"] += 1
        self.counts["pictures_decoded"] += len(group.pictures)
        shot = post.main.decode(decoder, group)
        return None if shot is None else (shot, post.main)

    def _inputs(self, camera_id: str) -> dict[str, tuple[int, int]]:
        """Input sizes of the models whose cadence a camera's keyframes do not keep."""
        with self._ready:
            known = camera_id in self._posts  # it may have been let go meanwhile
            names = self._schedule.onward(camera_id) if known else ()
        sizes = {name: self._models[name].card.input for name in names}
        return {name: (size.width, size.height) for name, size in sizes.items()}

    def _judge(self, one: Taken, found: Mapping[str, Detections]) -> None:
        worker = one.worker
        self.on_shot(one.look.camera, one.shot)
        worker.serve(one.shot)
        if found:
            worker.judge(one.shot, found)
            self._ages.append((self._now() - one.shot.captured_at).total_seconds())
        else:
            worker.glance(one.shot)
        with self._ready:
            at = one.shot.captured_at.timestamp()
            urgent = _seconds(worker.pipeline.undecided)
            self._schedule.done(one.look, at, self._now().timestamp(), urgent)


def _ignore(_camera_id: str, _shot: Shot) -> None:
    """Nobody wants to know."""


def _seconds(moments: Mapping[str, datetime]) -> dict[str, float]:
    return {name: at.timestamp() for name, at in moments.items()}
