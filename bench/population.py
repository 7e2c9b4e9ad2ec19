"""What each of very many cases has of its own: when, where, who told of it, how far it has come."""

import bisect
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.coordinates import cell_of
from api.doors.take_in import violation_id_of
from api.life.machine import TERMINAL
from api.schema.life import CaseStatus
from bench.lives import Stop
from bench.multiply import in_json
from bench.ways import SUBJECTS, Subject

CAMERAS = 600
STREETS = 18
YEARS = 2
CENTRE = (117.5, 36.7)
"""Zhangqiu: longitude, latitude, degrees."""
OPEN_SHARE = 0.02
"""The newest of all are still open."""
RECURRING_SHARE = 0.03

_SHARES = {
    ("E-0102", "camera"): 0.50, ("E-0103", "camera"): 0.06, ("E-0501", "camera"): 0.26,
    ("C-0114", "camera"): 0.03, ("E-0102", "12345"): 0.10, ("E-0501", "dahua"): 0.05,
}  # fmt: skip
_WAYS = {"plain": 0.72, "rework": 0.12, "approvals": 0.06, "void": 0.10}
_LATE_SHARE = 0.15
COLUMNS = {
    "case_id": "INTEGER", "pattern": "INTEGER", "at": "INTEGER", "micros": "TEXT",
    "number": "TEXT", "v1": "TEXT", "v1d": "TEXT", "v1s": "TEXT", "v2": "TEXT", "v2d": "TEXT",
    "v2s": "TEXT", "ref": "TEXT", "camera": "TEXT", "camera_name": "TEXT",
    "camera_name_json": "TEXT", "other": "TEXT", "other_name_json": "TEXT", "address": "TEXT",
    "address_json": "TEXT", "address_id": "INTEGER", "street": "TEXT", "street_json": "TEXT",
    "community": "TEXT", "community_json": "TEXT", "longitude": "REAL", "latitude": "REAL",
    "cell": "INTEGER", "recurs_of": "INTEGER", "lane_chief": "TEXT", "street_chief": "TEXT",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Camera:
    """Where a camera is, and what its place is called."""

    name: str
    longitude: float
    latitude: float
    street: int
    community: int
    address: int


def _cameras(chance: random.Random, addresses: int) -> list[_Camera]:
    cameras = []
    for number in range(CAMERAS):
        street = number % STREETS
        cameras.append(
            _Camera(
                f"点位{number:03d}",
                # A street's cameras are near each other.
                CENTRE[0] + 0.06 * (street % 6 - 2.5) + chance.gauss(0, 0.012),
                CENTRE[1] + 0.06 * (street // 6 - 1) + chance.gauss(0, 0.012),
                street,
                street * 12 + chance.randrange(12),
                chance.randrange(addresses),
            )
        )
    return cameras


class _Chooser:
    """Which pattern fits a case: its subject, its age, and whether it is still open."""

    def __init__(self, stops: Sequence[Stop], chance: random.Random) -> None:
        self._chance = chance
        self._open: dict[Subject, list[tuple[int, Stop]]] = defaultdict(list)
        self._over: dict[tuple[Subject, str], list[tuple[int, Stop]]] = defaultdict(list)
        for index, stop in enumerate(stops):
            if stop.status in TERMINAL:
                self._over[stop.subject, stop.way].append((index, stop))
            else:
                self._open[stop.subject].append((index, stop))

    def over(self, subject: Subject, age_s: float) -> int:
        """One that has come to its end."""
        ways = [way for way in _WAYS if (subject, way) in self._over]
        (way,) = self._chance.choices(ways, [_WAYS[way] for way in ways])
        # In time first, then late, as they were led.
        in_time, *late = self._over[subject, way]
        if late and late[-1][1].since_s < age_s and self._chance.random() < _LATE_SHARE:
            return late[-1][0]
        return in_time[0]

    def open(self, subject: Subject, age_s: float) -> int:
        """One that stands where a case of this age can, with as many limits passed as have."""
        fitting: dict[CaseStatus, list[int]] = defaultdict(list)
        for index, stop in self._open[subject]:
            passed = bisect.bisect_left(stop.due_s, age_s)
            if stop.since_s <= age_s and stop.late == passed:
                fitting[stop.status].append(index)
        if not fitting:  # so young that it has not even been seen twice
            return self._open[subject][0][0]
        return self._chance.choice(fitting[self._chance.choice(list(fitting))])


def cases_of_a_district(
    cases: int, now: datetime, stops: Sequence[Stop], known: dict[str, int], first: int
) -> Iterator[tuple[Any, ...]]:
    """What each case has of its own, oldest first, in the order of `COLUMNS`."""
    chance = random.Random(370114)
    choose = _Chooser(stops, chance)
    texts = list(known)
    cameras = _cameras(chance, len(texts))
    shares = [_SHARES[subject.service_code, subject.source] for subject in SUBJECTS]
    step_s = 365 * YEARS * 86_400 / cases
    serials: dict[str, int] = defaultdict(int)
    for number, subject in enumerate(chance.choices(SUBJECTS, shares, k=cases)):
        age_s = step_s * (cases - number)
        at = int(now.timestamp() - age_s)
        is_open = number >= cases * (1 - OPEN_SHARE)
        pattern = (choose.open if is_open else choose.over)(subject, age_s)
        # Few cameras see most of it.
        index = int(CAMERAS * chance.random() ** 2)
        camera, other = cameras[index], (index + STREETS) % CAMERAS
        by_people = subject.source == "12345"
        address = texts[chance.randrange(len(texts)) if by_people else camera.address]
        day = time.strftime("%Y%m%d", time.gmtime(at + 8 * 3600))
        serials[day] += 1
        ref = f"T{number:08d}"
        v1 = f"{chance.getrandbits(128):032x}"
        if subject.source != "camera":
            v1 = violation_id_of(subject.source, ref).hex
        v2 = f"{chance.getrandbits(128):032x}"
        longitude = round(camera.longitude + chance.uniform(-0.0005, 0.0005), 6)
        latitude = round(camera.latitude + chance.uniform(-0.0005, 0.0005), 6)
        street, community = f"第{camera.street}街道", f"第{camera.community}社区"
        again = number > 100 and chance.random() < RECURRING_SHARE
        yield (
            first + number, pattern, at, f".{chance.randrange(1_000_000):06d}",
            f"370114-{day}-{serials[day]:05d}", v1, _dashed(v1), v1[:28], v2, _dashed(v2), v2[:28],
            ref, f"cam-{index:04d}", camera.name, in_json(camera.name), f"cam-{other:04d}",
            in_json(cameras[other].name), address, in_json(address), known[address], street,
            in_json(street), community, in_json(community), longitude, latitude,
            cell_of((longitude, latitude)), first + number - 50 if again else None,
            f"lane-{index % 120:03d}", f"street-{camera.street:02d}",
        )  # fmt: skip


def _dashed(digits: str) -> str:
    """32 hexadecimal digits as a UUID is written."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
