"""A store full of cases, as two years of a district would leave it; made once, then copied.

Cases of every kind and state are led there by the product's own code (`bench.lives`), then
multiplied (`bench.multiply`): every row that belongs to one, in whatever table, with other ids,
times, places and people. So the store is what this release would have made of so many cases.
"""

import bisect
import random
import shutil
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from api.app import create_app
from api.coordinates import cell_of
from api.doors.take_in import violation_id_of
from api.life.machine import TERMINAL
from api.line.jobs import give_up_looks
from api.schema.life import CaseStatus
from api.services import Services
from api.settings import Settings
from api.store.escalating import escalate
from api.store.timer_views import announce_overdue
from bench import lives
from bench.lives import SUBJECTS, Stop, Subject
from bench.multiply import Multiplier, Pattern, in_json, read_pattern

CAMERAS = 600
STREETS = 18
ADDRESSES = 20_000
YEARS = 2
CHUNK = 50_000
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
_COLUMNS = {
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


def cached(cases: int, folder: Path, say: Console) -> Path:
    """The SQLite file with so many cases, made when it is not there.

    Its name holds the schema's revision: another schema makes another file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    settings = Settings(fresh, ("a-key-that-nobody-uses",))
    services: Services = create_app(settings).state.services
    database = sqlite3.connect(fresh / "five-chief.sqlite3")
    (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    path = folder / f"cases-{cases}-{revision}.sqlite3"
    if not path.exists():
        for old in folder.glob(f"cases-{cases}-*"):
            old.unlink()
        _fill(services, database, cases, say)
        database.close()
        _settle(settings)
        _pack(fresh / "five-chief.sqlite3")
        (fresh / "five-chief.sqlite3").rename(path)
    database.close()
    services.store.engine.dispose()
    shutil.rmtree(fresh)
    return path


def copy(source: Path, data: Path) -> None:
    """Put a copy of the store where a server will look for it."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, data / "five-chief.sqlite3")


def _fill(services: Services, database: sqlite3.Connection, cases: int, say: Console) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    stops: list[Stop] = []
    patterns: list[Pattern] = []

    def look(stop: Stop) -> None:
        violations = [violation.hex for violation in stop.violations]
        stops.append(stop)
        patterns.append(read_pattern(database, stop.case_id, violations, filed_at, _marks(stop)))

    # The patterns are filed before all others are, on a Tuesday, at ten by the district's clocks.
    filed_at = now.replace(hour=2, minute=0, second=0) - timedelta(
        days=365 * YEARS + 60 + (now.weekday() - 1) % 7
    )
    lives.lead_all(services, filed_at, look)
    services.store.engine.dispose()
    for pragma in (
        "foreign_keys = OFF",
        "journal_mode = OFF",
        "temp_store = MEMORY",
        "cache_size = -400000",
    ):
        database.execute(f"PRAGMA {pragma}")
    indexes = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        database.execute(f'DROP INDEX "{name}"')
    known = _addresses(database)
    multiplier = Multiplier(database, patterns, _COLUMNS)
    made = _cases(cases, now, stops, known, _first(database))
    serials: dict[str, int] = {}
    for _ in track(range(0, cases, CHUNK), f"seeding {cases} cases", console=say):
        chunk = list(islice(made, CHUNK))
        multiplier.make(chunk)
        for case in chunk:
            serials[case[4][7:15]] = int(case[4][16:])
    _count(database, multiplier.last_event, serials)
    for _, sql in indexes:
        database.execute(sql)
    database.commit()


def _first(database: sqlite3.Connection) -> int:
    (newest,) = database.execute("SELECT max(id) FROM cases").fetchone()
    return int(newest) + 1


def _count(database: sqlite3.Connection, event: int, serials: dict[str, int]) -> None:
    """Let the counters stand where they would."""
    counted = {"events": event} | {f"case 370114 {day}": n for day, n in serials.items()}
    database.executemany(
        "INSERT INTO counters VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        list(counted.items()),
    )


def _settle(settings: Settings) -> None:
    """What a server would make up for at its start, and its jobs soon after."""
    services: Services = create_app(settings).state.services
    now = datetime.now(UTC)
    while announce_overdue(services.store, now) + escalate(services.store, now):
        pass
    give_up_looks(services, now)
    services.store.engine.dispose()


def _pack(path: Path) -> None:
    """One file, without a log beside it."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _marks(stop: Stop) -> dict[str, str]:
    """What is a pattern's own, as it stands in texts; longest first where one holds another."""
    marks = {stop.number: "{number}"}
    for which, violation in enumerate(stop.violations, 1):
        marks[str(violation)] = f"{{v{which}d}}"
        marks[violation.hex] = f"{{v{which}}}"
        marks[violation.hex[:28]] = f"{{v{which}s}}"
    for text, name in (
        (lives.OTHER_CAMERA_NAME, "other_name"),
        (lives.CAMERA_NAME, "camera_name"),
        (lives.ADDRESS, "address"),
        (lives.STREET, "street"),
        (lives.COMMUNITY, "community"),
    ):
        marks[in_json(text)] = f"{{{name}_json}}"
        marks[text] = f"{{{name}}}"
    marks |= {
        lives.OTHER_CAMERA: "{other}",
        lives.CAMERA: "{camera}",
        lives.CHIEFS[0]: "{lane_chief}",
        lives.CHIEFS[1]: "{street_chief}",
        str(stop.place[0]): "{longitude}",
        str(stop.place[1]): "{latitude}",
    }
    marks[f"case {stop.case_id} "] = "case {case_id} "  # in the keys of notices
    if stop.ref:
        marks[stop.ref] = "{ref}"
    return marks


def _addresses(database: sqlite3.Connection) -> dict[str, int]:
    """Write the district's addresses; their ids by their texts."""
    chance = random.Random(117)
    first, second = "汇明双山绣龙泉百脉荷诸", "泉水山江惠盘脉花庄"
    roads = sorted({a + b for a in first for b in second})
    texts = sorted(
        {
            f"章丘区{chance.choice(roads)}路{chance.randrange(1, 900)}号"
            + chance.choice(["", "门前", "东侧", "公交站旁", "菜市场口"])
            for _ in range(ADDRESSES)
        }
    )
    database.executemany("INSERT INTO addresses (text) VALUES (?)", [(text,) for text in texts])
    known: list[tuple[str, int]] = database.execute("SELECT text, id FROM addresses").fetchall()
    return dict(known)


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


def _cases(
    cases: int, now: datetime, stops: Sequence[Stop], known: dict[str, int], first: int
) -> Iterator[tuple[Any, ...]]:
    """What each case has of its own, oldest first, in the order of `_COLUMNS`."""
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
