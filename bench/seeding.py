"""A store full of cases, as two years of a district would leave it; made once, then copied."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import track
from sqlalchemy import Connection, insert, text

from api.catalogue import Catalogue, read_catalogue, seed
from api.coordinates import cell_of
from api.settings import Settings
from api.store.engine import open_store
from api.store.merge_tables import AddressRow, WitnessRow
from api.store.migrate import upgrade
from api.store.models import CaseRow, CounterRow, EventRow, EvidenceRow, ReportRow

CAMERAS = 600
YEARS = 2
CHUNK = 5_000
NEWEST = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CENTRE = (117.5, 36.7)
"""Zhangqiu: longitude, latitude, degrees."""
KINDS = {"litter": 0.62, "vending": 0.33, "manhole": 0.05}
STREETS = [f"{name}街道" for name in "明水 双山 枣园 龙山 埠村 圣井 普集 绣惠 相公庄 文祖".split()]
STATES = {
    "reported": 0.02,
    "dispatched": 0.005,
    "handling": 0.01,
    "pending_check": 0.005,
    "closed": 0.88,
    "voided": 0.08,
}
LABELS = {"litter": "garbage_bag", "vending": "stall", "manhole": "cover_missing"}


def cached(cases: int, folder: Path, say: Console) -> Path:
    """The SQLite file with so many cases, made when it is not there.

    Its name holds the schema's revision: another schema makes another file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    settings = Settings(fresh, ("a-key-that-nobody-uses",))
    store = open_store(settings)
    upgrade(store)
    seed(store, read_catalogue())
    with store.reading() as session:
        revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    path = folder / f"cases-{cases}-{revision}.sqlite3"
    if not path.exists():
        for old in folder.glob(f"cases-{cases}-*"):
            old.unlink()
        with store.engine.execution_options(writes=True).begin() as connection:
            _fill(connection, cases, say)
        with sqlite3.connect(fresh / "five-chief.sqlite3") as database:
            database.execute("ANALYZE")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        store.engine.dispose()
        (fresh / "five-chief.sqlite3").rename(path)
    store.engine.dispose()
    shutil.rmtree(fresh)
    return path


def _fill(connection: Connection, cases: int, say: Console) -> None:
    catalogue = read_catalogue()
    chance = random.Random(370114)
    spots = [_spot(chance, number) for number in range(CAMERAS)]
    addresses = [{"id": number + 1, "text": spot["address"]} for number, spot in enumerate(spots)]
    connection.execute(insert(AddressRow), addresses)
    step = timedelta(days=365 * YEARS) / cases
    start = NEWEST - step * cases
    serials: dict[str, int] = {}
    chunks = range(0, cases, CHUNK)
    for first in track(chunks, f"seeding {cases} cases", console=say):
        rows: dict[Any, list[dict[str, Any]]] = {}
        for number in range(first, min(first + CHUNK, cases)):
            for table, row in _rows(
                chance, number, start + step * number, spots, catalogue, serials
            ):
                rows.setdefault(table, []).append(row)
        for table in (ReportRow, EvidenceRow, CaseRow, WitnessRow, EventRow):
            connection.execute(insert(table), rows[table])
    counters = [{"name": f"case 370114 {day}", "value": last} for day, last in serials.items()]
    connection.execute(insert(CounterRow), [*counters, {"name": "events", "value": cases}])


def _spot(chance: random.Random, number: int) -> dict[str, Any]:
    """A camera; they crowd where the town is."""
    return {
        "camera_id": f"cam-{number:04d}",
        "camera_name": f"明水街道 {number} 号点位",
        "address": f"章丘区汇泉路 {number} 号",
        "longitude": round(chance.gauss(CENTRE[0], 0.05), 6),
        "latitude": round(chance.gauss(CENTRE[1], 0.04), 6),
        "crs": "wgs84",
        "street": STREETS[number % len(STREETS)],
        "community": f"第{number % 120}社区",
    }


def _rows(
    chance: random.Random,
    number: int,
    at: datetime,
    spots: list[dict[str, Any]],
    catalogue: Catalogue,
    serials: dict[str, int],
) -> Iterator[tuple[Any, dict[str, Any]]]:
    kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
    # Few cameras see most of it.
    which = int(len(spots) * chance.random() ** 2)
    place = spots[which]
    violation = UUID(int=chance.getrandbits(128), version=4)
    first_seen = at - timedelta(seconds=chance.randint(300, 900))
    x0, y0 = round(chance.uniform(0, 1700), 1), round(chance.uniform(400, 900), 1)
    sha256 = f"{chance.getrandbits(256):064x}"
    size = chance.randint(20_000, 60_000)
    file = {"sha256": sha256, "role": "snapshot", "media_type": "image/jpeg", "size": size}
    body = {
        "violation_id": str(violation),
        "kind": kind,
        "label": LABELS[kind],
        "place": place,
        "rule": f"{kind}-on-the-street",
        "model": f"{kind}@1",
        "first_seen": first_seen.isoformat(),
        "confirmed_at": at.isoformat(),
        "last_seen": at.isoformat(),
        "clock": "arrival",
        "score": round(chance.uniform(0.3, 0.95), 4),
        "looks": 20,
        "hits": chance.randint(12, 20),
        "box": {"x0": x0, "y0": y0, "x1": x0 + 120.0, "y1": y0 + 80.0},
        "frame_width": 1920,
        "frame_height": 1080,
        "evidence": [file | {"captured_at": at.isoformat()}],
    }
    digest = f"{chance.getrandbits(256):064x}"
    yield (
        ReportRow,
        {"violation_id": violation, "digest": digest, "body": body, "received_at": at},
    )
    yield EvidenceRow, file | {"violation_id": violation, "position": 0, "captured_at": at}
    day = (at + timedelta(hours=8)).strftime("%Y%m%d")
    serials[day] = serials.get(day, 0) + 1
    status = chance.choices(list(STATES), list(STATES.values()))[0]
    decided = status != "reported"
    yield (
        CaseRow,
        {
            "id": number + 1,
            "number": f"370114-{day}-{serials[day]:05d}",
            "violation_id": violation,
            "catalogue_version": catalogue.version,
            "standard": catalogue.standards[kind][0].id,
            "kind": kind,
            "camera_id": place["camera_id"],
            "status": status,
            "received_at": at,
            "last_seen": at,
            "updated_at": at,
            "version": 2 if decided else 1,
            "decided_at": at + timedelta(minutes=4) if decided else None,
            "decided_by": "李" if decided else None,
            "dismiss_reason": "影子，不是垃圾" if status == "voided" else None,
            "closed_at": at + timedelta(hours=6) if status == "closed" else None,
            "department": None if status in ("reported", "voided") else "环卫部门",
            "source": "camera",
            "service_code": catalogue.categories[kind].service_code,
            "longitude": place["longitude"],
            "latitude": place["latitude"],
            "cell": cell_of((place["longitude"], place["latitude"])),
            "street": place["street"],
            "community": place["community"],
            "address_id": which + 1,
            "sighting_count": 1,
            "thumbnail": sha256,
        },
    )
    witness = {"violation_id": violation, "case_id": number + 1, "position": 1}
    yield (
        WitnessRow,
        witness
        | {"source": "camera", "camera_id": place["camera_id"], "place": place, "attached_at": at},
    )
    yield EventRow, {"id": number + 1, "type": "case.filed", "case_id": number + 1, "at": at}


def copy(source: Path, data: Path) -> None:
    """Put a copy of the store where a server will look for it."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, data / "five-chief.sqlite3")
