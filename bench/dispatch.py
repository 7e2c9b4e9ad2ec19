"""What dispatch costs: importing 12,000 shops and 47,000 covers, and finding what is at a point.

.venv/bin/python bench/dispatch.py [--json]
"""

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder, which has an api.py

from api.app import create_app  # noqa: E402
from api.dispatch.tables import read_components, read_shops  # noqa: E402
from api.schema import Crs  # noqa: E402
from api.schema.dispatch import ChiefAssignment  # noqa: E402
from api.settings import Settings  # noqa: E402
from api.store.chiefs import put_assignments  # noqa: E402
from api.store.components import surveyed_at  # noqa: E402
from api.store.engine import Store  # noqa: E402
from api.store.in_charge import chiefs_of, find_spot  # noqa: E402
from api.store.shops import put_components, put_shops  # noqa: E402

SHOPS, COVERS, CHIEFS, ASKED = 12_000, 47_000, 500, 2_000
WEST, SOUTH = 117.50, 36.70
_METRE = 1 / 111_320


def corner(x: float, y: float) -> tuple[float, float]:
    return WEST + x * _METRE / math.cos(math.radians(SOUTH)), SOUTH + y * _METRE


def box(x: float, y: float, side: float) -> list[tuple[float, float]]:
    return [corner(a, b) for a, b in ((x, y), (x + side, y), (x + side, y + side), (x, y + side))]


def table() -> bytes:
    lines = ["编号,店名,店长,电话,经度,纬度,轮廓"]
    for n in range(SHOPS):
        x, y = 10.0 * (n % 400), 60.0 * (n // 400)
        ring = [*box(x, y, 8), corner(x, y)]
        outline = ", ".join(f"{a:.7f} {b:.7f}" for a, b in ring)
        lon, lat = corner(x + 4, y + 4)
        lines.append(f'S-{n:05},店{n},某人,13800000000,{lon:.7f},{lat:.7f},"POLYGON(({outline}))"')
    return "\n".join(lines).encode()


def cover_place(n: int) -> tuple[float, float]:
    return 20.0 * (n % 400), 20.0 * (n // 400)


def cover_table() -> bytes:
    lines = ["部件标识码,小类代码,权属单位,经度,纬度"]
    for n in range(COVERS):
        lon, lat = corner(*cover_place(n))
        category = f"01{n % 12 + 1:02}"
        lines.append(f"370114{category}{n:06},{category},单位{n % 30},{lon:.7f},{lat:.7f}")
    return "\n".join(lines).encode()


def look_up_covers(store: Store) -> list[float]:
    """Seconds that each of some covers takes to find within 5 m, sorted."""
    times = []
    with store.reading() as session:
        for n in range(0, COVERS, 23):
            if n % 12 == 3:
                continue  # a grate: no cover
            x, y = cover_place(n)
            begun = time.perf_counter()
            found = surveyed_at(session, "C-0114", corner(x + 2, y + 1), None)
            times.append(time.perf_counter() - begun)
            assert found is not None
            assert found.number.endswith(f"{n:06}")
    return sorted(times)


def chiefs() -> tuple[ChiefAssignment, ...]:
    found = []
    for n in range(CHIEFS):
        road = n % 2 == 0
        y = 60.0 * (n // 2 % 30) + 30
        line = [corner(0, y), corner(4_000, y)]
        ring = [*box(160.0 * (n // 2 % 25), 300.0 * (n // 50), 300), corner(0, 0)]
        ring[-1] = ring[0]
        shape = {"type": "LineString", "coordinates": line}
        area = {"type": "Polygon", "coordinates": [ring]}
        said = {
            "code": f"C-{n:04}",
            "role": "road" if road else "street",
            "place": "某处",
            "chief": {"name": "某人", "phone": "13800000000"},
            "geometry": shape if road else area,
        }
        found.append(ChiefAssignment.model_validate(json.loads(json.dumps(said))))
    return tuple(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = create_app(Settings(Path(folder), ("a-key-for-this-bench",))).state.services.store
        body = table()
        begun = time.perf_counter()
        read = read_shops(body, Crs.WGS84)
        read_s = time.perf_counter() - begun
        assert not read.wrong
        put_shops(store, read.documents, (), "bench", datetime.now(UTC))
        import_s = time.perf_counter() - begun  # the index included
        begun = time.perf_counter()
        covers = read_components(cover_table(), Crs.WGS84)
        put_components(store, covers.documents, (), "bench", datetime.now(UTC))
        covers_s = time.perf_counter() - begun
        cover_times = look_up_covers(store)
        put_assignments(store, chiefs())
        now, times = datetime.now(UTC), []
        with store.reading() as session:
            for n in range(ASKED + 1):
                where = n * 7 % SHOPS
                lon, lat = corner(10.0 * (where % 400) + 3, 60.0 * (where // 400) + 3)
                begun = time.perf_counter()
                spot = find_spot(
                    session, lon, lat, None, with_shop=True, with_component=True, now=now
                )
                told = chiefs_of(session, spot, now)
                times.append(time.perf_counter() - begun)
                assert spot.shop is not None
                assert spot.shop.code == f"S-{where:05}"
                assert told
        store.engine.dispose()
    first, rest = times[0], sorted(times[1:])
    figures = {
        "shops": SHOPS,
        "read_s": round(read_s, 2),
        "import_s": round(import_s, 2),
        "covers": COVERS,
        "covers_import_s": round(covers_s, 2),
        "cover_p50_ms": round(statistics.median(cover_times) * 1000, 2),
        "cover_p95_ms": round(cover_times[int(len(cover_times) * 0.95)] * 1000, 2),
        "first_lookup_ms": round(first * 1000, 1),
        "lookup_p50_ms": round(statistics.median(rest) * 1000, 2),
        "lookup_p95_ms": round(rest[int(len(rest) * 0.95)] * 1000, 2),
    }
    if wanted.json:
        print(json.dumps(figures))
    else:
        print(
            f"import of {SHOPS} shops: {figures['import_s']} s, {figures['read_s']} s of it reading"
        )
        print(f"import of {COVERS} covers: {figures['covers_import_s']} s")
        print(
            "cover of a point: "
            f"median {figures['cover_p50_ms']} ms, p95 {figures['cover_p95_ms']} ms"
        )
        print(f"first lookup, which makes the chiefs' index: {figures['first_lookup_ms']} ms")
        print(
            "shop, owner and chiefs of a point: "
            f"median {figures['lookup_p50_ms']} ms, p95 {figures['lookup_p95_ms']} ms"
        )


if __name__ == "__main__":
    main()
