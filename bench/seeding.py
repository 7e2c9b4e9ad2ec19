"""A store full of cases, as two years of a district would leave it; made once, then copied.

A dozen cases are led through their lives by the product's own code, and then multiplied: every row
that belongs to one, in whatever table, with other ids, times and places. So the store is what this
release would have made of so many cases.
"""

import random
import re
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import track

from api.app import create_app
from api.coordinates import cell_of
from api.life.actors import Actor, Who
from api.life.machine import BY_ACTION
from api.schema import Report
from api.schema.life import Action
from api.services import Services
from api.settings import Settings
from api.store.acting import act
from api.store.cases import file_report
from api.store.models import Base
from api.store.timer_views import announce_overdue

CAMERAS = 600
YEARS = 2
CHUNK = 5_000
CENTRE = (117.5, 36.7)
"""Zhangqiu: longitude, latitude, degrees."""
KINDS = {"litter": 0.62, "vending": 0.33, "manhole": 0.05}
OPEN_SHARE = 0.02
"""The newest of all are still open."""

_CAMERA, _LONGITUDE, _LATITUDE = "cam-of-the-template", 110.123456, 30.123456
_CLERK = Actor("李", frozenset({Who.OPERATOR, Who.CLERK}))
_DEPARTMENT = Actor("环卫", frozenset({Who.CHIEF, Who.CLERK}))
_LIFE: tuple[tuple[Action, Actor, dict[str, Any]], ...] = (
    (Action.REGISTER, _CLERK, {}),
    (Action.DISPATCH, _CLERK, {"department": "环卫"}),
    (Action.SIGN, _DEPARTMENT, {}),
    (Action.ASSIGN, _DEPARTMENT, {"handler": "王"}),
    (Action.FINISH, _DEPARTMENT, {"opinion": "已清理"}),
    (Action.PASS, _CLERK, {"opinion": "已核查"}),
)
_LIVES = {"reported": 0, "handling": 4, "voided": -1, "closed": 6}
_NOT_COPIED = {"evidence_chain"}
"""A link holds its neighbours' hashes; nothing that is measured reads it."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")

Row = list[Any]
Change = Callable[["_New", Any], Any]


@dataclass(slots=True)
class _New:
    """What one of the many has of its own."""

    case_id: int
    violation: UUID
    sha256: str
    number: str
    later: timedelta
    camera: str
    longitude: float
    latitude: float
    event: int


@dataclass(frozen=True, slots=True)
class _Template:
    """The rows of one case, by table, and what is to be changed in each."""

    filed_at: datetime
    rows: tuple[tuple[str, Row, tuple[tuple[int, Change], ...]], ...]


def cached(cases: int, folder: Path, say: Console) -> Path:
    """The SQLite file with so many cases, made when it is not there.

    Its name holds the schema's revision: another schema makes another file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    services: Services = create_app(Settings(fresh, ("a-key-that-nobody-uses",))).state.services
    database = sqlite3.connect(fresh / "five-chief.sqlite3")
    (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    path = folder / f"cases-{cases}-{revision}.sqlite3"
    if not path.exists():
        for old in folder.glob(f"cases-{cases}-*"):
            old.unlink()
        newest = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        templates = {
            (kind, life): _lead(services, database, kind, life, newest)
            for kind in KINDS
            for life in _LIVES
        }
        services.store.engine.dispose()
        _multiply(database, templates, cases, newest, say)
        database.execute("ANALYZE")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        (fresh / "five-chief.sqlite3").rename(path)
    database.close()
    services.store.engine.dispose()
    shutil.rmtree(fresh)
    return path


def copy(source: Path, data: Path) -> None:
    """Put a copy of the store where a server will look for it."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, data / "five-chief.sqlite3")


def _lead(
    services: Services, database: sqlite3.Connection, kind: str, life: str, newest: datetime
) -> _Template:
    """File a case, and lead it as far as its life goes."""
    report = _report(kind, newest)
    outcome: Any = file_report(services.store, report, services.terms, newest)
    case_id, at = outcome.case.id, newest
    steps = [(Action.VOID, _CLERK, {"reason": "影子"})] if life == "voided" else list(_LIFE)
    for action, actor, given in steps[: abs(_LIVES[life])]:
        at += timedelta(minutes=5)
        fields = BY_ACTION[action].takes.model_validate(given)
        act(services.store, case_id, action, actor, fields, None, at)
    # Told of already, so that a server that starts has nothing to make up for.
    announce_overdue(services.store, newest + timedelta(days=3650))
    return _template(database, case_id, report, newest)


def _report(kind: str, at: datetime) -> Report:
    chance = random.Random(kind)
    file = {
        "sha256": f"{chance.getrandbits(256):064x}",
        "role": "snapshot",
        "media_type": "image/jpeg",
        "size": 31_234,
        "captured_at": at.isoformat(),
    }
    return Report.model_validate(
        {
            "violation_id": str(UUID(int=random.getrandbits(128), version=4)),
            "kind": kind,
            "label": {"litter": "garbage_bag", "vending": "stall"}.get(kind, "cover_missing"),
            "place": {
                "camera_id": _CAMERA,
                "camera_name": "明水街道点位",
                "address": "章丘区汇泉路",
                "longitude": _LONGITUDE + random.uniform(0, 0.5),
                "latitude": _LATITUDE,
                "crs": "wgs84",
            },
            "rule": f"{kind}-on-the-street",
            "model": f"{kind}@1",
            "first_seen": (at - timedelta(minutes=10)).isoformat(),
            "confirmed_at": at.isoformat(),
            "last_seen": at.isoformat(),
            "clock": "arrival",
            "score": 0.71,
            "looks": 20,
            "hits": 15,
            "box": {"x0": 812, "y0": 540, "x1": 964, "y1": 633},
            "frame_width": 1920,
            "frame_height": 1080,
            "evidence": [file],
        }
    )


def _template(
    database: sqlite3.Connection, case_id: int, report: Report, filed_at: datetime
) -> _Template:
    """Every row that belongs to a case, in an order that its keys allow."""
    violation = report.violation_id
    texts: dict[str, Callable[[_New], str]] = {
        str(violation): lambda new: str(new.violation),
        violation.hex: lambda new: new.violation.hex,
        report.evidence[0].sha256: lambda new: new.sha256,
        _CAMERA: lambda new: new.camera,
        str(report.place.longitude): lambda new: str(new.longitude),
        str(report.place.latitude): lambda new: str(new.latitude),
    }
    rows = []
    for table in Base.metadata.sorted_tables:
        owners = {"case_id": case_id, "violation_id": violation.hex}
        if table.name == "cases":
            owners = {"id": case_id}
        owned = [name for name in owners if name in table.columns]
        if not owned or table.name in _NOT_COPIED:
            continue
        where = " OR ".join(f"{name} = ?" for name in owned)
        found = database.execute(
            f"SELECT * FROM {table.name} WHERE {where}",  # noqa: S608 (our own names)
            [owners[name] for name in owned],
        )
        names = [column[0] for column in found.description]
        for row in found.fetchall():
            changes = [
                (index, change)
                for index, name in enumerate(names)
                if (change := _change(table.name, name, row[index], texts)) is not None
            ]
            rows.append((table.name, list(row), tuple(changes)))
    return _Template(filed_at, tuple(rows))


def _change(
    table: str, column: str, value: Any, texts: dict[str, Callable[[_New], str]]
) -> Change | None:
    """What a column of a row needs to be another case's."""
    own: dict[tuple[str, str], Change] = {
        ("cases", "id"): lambda new, _: new.case_id,
        ("cases", "number"): lambda new, _: new.number,
        ("cases", "longitude"): lambda new, _: new.longitude,
        ("cases", "latitude"): lambda new, _: new.latitude,
        ("cases", "cell"): lambda new, _: cell_of((new.longitude, new.latitude)),
        ("events", "id"): _next_event,
        (table, "case_id"): lambda new, _: new.case_id,
    }
    if (table, column) in own:
        return own[table, column]
    if column == "id":
        return lambda _new, _old: None  # numbered by itself
    if not isinstance(value, str):
        return None
    if _TIME.match(value):
        moment = datetime.fromisoformat(value)
        return lambda new, _: (moment + new.later).isoformat(" ", "microseconds")
    there = [(old, make) for old, make in texts.items() if old in value]
    if not there:
        return None

    def replaced(new: _New, text: Any) -> Any:
        for old, make in there:
            text = text.replace(old, make(new))
        return text

    return replaced


def _next_event(new: _New, _old: Any) -> int:
    new.event += 1
    return new.event


def _multiply(
    database: sqlite3.Connection,
    templates: dict[tuple[str, str], _Template],
    cases: int,
    newest: datetime,
    say: Console,
) -> None:
    for pragma in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -400000"):
        database.execute(f"PRAGMA {pragma}")
    chance = random.Random(370114)
    cameras = [
        (chance.gauss(CENTRE[0], 0.05), chance.gauss(CENTRE[1], 0.04)) for _ in range(CAMERAS)
    ]
    (first,) = database.execute("SELECT max(id) FROM cases").fetchone()
    (event,) = database.execute("SELECT max(id) FROM events").fetchone()
    step = timedelta(days=365 * YEARS) / cases
    serials: dict[str, int] = defaultdict(int)
    for chunk in track(range(0, cases, CHUNK), f"seeding {cases} cases", console=say):
        rows: dict[str, list[Row]] = defaultdict(list)
        for number in range(chunk, min(chunk + CHUNK, cases)):
            at = newest - step * (cases - number)
            kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
            recent = number >= cases * (1 - OPEN_SHARE)
            life = chance.choice(
                ["reported", "handling"] if recent else ["closed"] * 11 + ["voided"]
            )
            # Few cameras see most of it.
            camera = int(CAMERAS * chance.random() ** 2)
            day = (at + timedelta(hours=8)).strftime("%Y%m%d")
            serials[day] += 1
            template = templates[kind, life]
            new = _New(
                case_id=first + number + 1,
                violation=UUID(int=chance.getrandbits(128), version=4),
                sha256=f"{chance.getrandbits(256):064x}",
                number=f"370114-{day}-{serials[day] + 100:05d}",
                later=at - template.filed_at,
                camera=f"cam-{camera:04d}",
                longitude=round(cameras[camera][0] + chance.uniform(-0.0005, 0.0005), 6),
                latitude=round(cameras[camera][1] + chance.uniform(-0.0005, 0.0005), 6),
                event=event,
            )
            for table, row, changes in template.rows:
                own = row.copy()
                for index, change in changes:
                    own[index] = change(new, own[index])
                rows[table].append(own)
            event = new.event
        for table, many in rows.items():
            marks = ", ".join("?" * len(many[0]))
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", many)  # noqa: S608
        database.commit()
    database.execute("UPDATE counters SET value = ? WHERE name = 'events'", [event])
    for day, last in serials.items():
        database.execute(
            "INSERT INTO counters VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [f"case 370114 {day}", last + 100],
        )
    database.commit()
