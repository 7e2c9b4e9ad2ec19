"""A store full of cases, as two years of a district would leave it; made once, then copied.

Cases of every kind and state are led there by the product's own code (`bench.lives`), then
multiplied (`bench.multiply`): every row that belongs to one, in whatever table, with other ids,
times, places and people. So the store is what this release would have made of so many cases.
"""

import random
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import track

from api.app import create_app
from api.line.jobs import give_up_looks
from api.services import Services
from api.settings import Settings
from api.store.escalating import escalate
from api.store.timer_views import announce_overdue
from bench import lives
from bench.lives import Stop
from bench.multiply import Multiplier, Pattern, in_json, read_pattern
from bench.population import COLUMNS, YEARS, cases_of_a_district

CHUNK = 50_000
_ADDRESSES = 20_000
_GROWN = frozenset({"ix_evidence_sha256", "ix_witnesses_camera_id_case_id", "ix_cases_place"})
"""Indexes whose keys come in no order: they grow with the cases, as a server's do.

Made at the end, their pages would be full to the last byte, and each report would split some."""


def cached(cases: int, folder: Path, say: Console) -> Path:
    """The SQLite file with so many cases, made when it is not there.

    Its name holds the schema's revision and the catalogue's digest: others make another file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    settings = Settings(fresh, ("a-key-that-nobody-uses",))
    services: Services = create_app(settings).state.services
    database = sqlite3.connect(fresh / "five-chief.sqlite3")
    (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    (catalogue,) = database.execute("SELECT digest FROM catalogue_versions").fetchone()
    path = folder / f"cases-{cases}-{revision}-{catalogue[:8]}.sqlite3"
    if not path.exists():
        for old in folder.glob(f"cases-{cases}-*"):
            old.unlink()
        _fill(services, database, cases, say)
        database.close()
        settle(settings)
        _pack(fresh / "five-chief.sqlite3")
        (fresh / "five-chief.sqlite3").rename(path)
    database.close()
    services.store.engine.dispose()
    shutil.rmtree(fresh)
    return path


def copy(source: Path, data: Path) -> None:
    """Put a copy of the store where a server will look for it.

    What has fallen due since the store was seeded is done, so that its age is not measured.
    """
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, data / "five-chief.sqlite3")
    settle(Settings(data, ("a-key-that-nobody-uses",)))


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
    indexes = [(name, sql) for name, sql in indexes if name not in _GROWN]
    for name, _ in indexes:
        database.execute(f'DROP INDEX "{name}"')
    known = _addresses(database)
    multiplier = Multiplier(database, patterns, COLUMNS)
    made = cases_of_a_district(cases, now, stops, known, _first(database))
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


def settle(settings: Settings) -> None:
    """Do what has fallen due since the store was last served, as its jobs would in their time."""
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
            for _ in range(_ADDRESSES)
        }
    )
    database.executemany("INSERT INTO addresses (text) VALUES (?)", [(text,) for text in texts])
    known: list[tuple[str, int]] = database.execute("SELECT text, id FROM addresses").fetchall()
    return dict(known)
