"""What vendors' boxes and hotlines send, read into one form. The samples are whole messages."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.doors import dahua, hikvision, huawei, ticket
from api.doors.arrival import Arrival, Ignored
from api.doors.sources import Sources, read_sources
from api.errors import SettingsInvalid
from api.problems import Problem
from api.schema import Crs

SAMPLES = Path(__file__).parent / "samples"
SHIPPED = Path(__file__).parents[2] / "configs" / "sources.yaml"
SOURCES = read_sources()
ZONE = ZoneInfo("Asia/Shanghai")
READERS: dict[str, Any] = {
    "12345": ticket.read,
    "dahua": dahua.read,
    "huawei": huawei.read,
    "hikvision": hikvision.read,
}


def sample(name: str) -> dict[str, Any]:
    text = (SAMPLES / name).read_text("utf-8").replace("@PICTURE@", "/9j/2Q==")
    found: dict[str, Any] = json.loads(text)
    return found


def read(source: str, document: Any, sources: Sources = SOURCES) -> Arrival:
    found = READERS[source](document, sources.sources[source], sources, ZONE)
    assert isinstance(found, Arrival), found
    return found


def test_a_dahua_alarm() -> None:
    found = read("dahua", sample("dahua_icc.json"))
    assert found.ref == "{6F9619FF-8B86-D011-B42D-00CF4FC964FF}"
    assert found.service_code == "E-0102"
    assert found.at == datetime(2026, 11, 25, 0, 3, 10, tzinfo=UTC)
    assert found.spot.camera_id == "1000012$1$0$0"
    assert found.spot.camera_name == "市场东口球机"
    assert found.pictures == (), "an address on the vendor's server is not fetched"


@pytest.mark.parametrize("stat", [3, "4"])
def test_what_a_person_set_aside_at_dahua_is_not_filed(stat: object) -> None:
    document = sample("dahua_icc.json")
    document["info"]["handleStat"] = stat
    found = dahua.read(document, SOURCES.sources["dahua"], SOURCES, ZONE)
    assert isinstance(found, Ignored)


def test_a_dahua_picture_in_base64_is_taken() -> None:
    document = sample("dahua_icc.json")
    document["info"]["picture"] = base64.b64encode(b"\xff\xd8\xff" + bytes(2000)).decode()
    assert read("dahua", document).pictures == (b"\xff\xd8\xff" + bytes(2000),)


def test_a_huawei_alarm_has_no_id_but_its_parts() -> None:
    found = read("huawei", sample("huawei_vias.json"))
    assert found.ref == "8f0c1d:market-east:2424832:1795564990123"
    assert (found.service_code, found.label) == ("C-0114", "missing")
    assert found.at == datetime.fromtimestamp(1795564990.123, UTC)
    assert found.pictures == (b"\xff\xd8\xff\xd9",)


def test_a_hikvision_alert_in_xml_and_the_same_in_json() -> None:
    document = hikvision.document_of((SAMPLES / "hikvision.xml").read_bytes())
    found = read("hikvision", document)
    assert found.ref == "c7a5f0de-0001"
    assert found.service_code == "E-0501"
    assert found.spot.camera_id == "box-7-3"
    again = hikvision.document_of(json.dumps({"EventNotificationAlert": document}).encode())
    assert read("hikvision", again) == found


def test_a_hikvision_alert_that_is_over_is_not_filed() -> None:
    document = {**hikvision.document_of((SAMPLES / "hikvision.xml").read_bytes())}
    document["eventState"] = "inactive"
    found = hikvision.read(document, SOURCES.sources["hikvision"], SOURCES, ZONE)
    assert isinstance(found, Ignored)


BOMB = b'<!DOCTYPE a [<!ENTITY b "b">]><EventNotificationAlert>&b;</EventNotificationAlert>'


@pytest.mark.parametrize("body", [b"", b"<a", b"[]", b"\xff\xfe", BOMB])
def test_an_alert_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(Problem, match="alert"):
        hikvision.document_of(body)


def test_a_12345_ticket() -> None:
    found = read("12345", sample("ticket_12345.json"))
    assert found.ref == "JN20261125080012"
    assert found.service_code == "E-0102"
    assert found.spot.crs is Crs.GCJ02
    assert found.caller is not None
    assert found.caller.phone == "13800000000"


def test_a_camera_of_the_table_is_where_the_table_says(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    known = (
        '    cameras: {"1000012$1$0$0": {camera_id: gate-3, longitude: 117.2, latitude: 36.7, '
        "crs: gcj02}}\n"
    )
    text = SHIPPED.read_text("utf-8").replace("    codes: dahua\n", "    codes: dahua\n" + known)
    path.write_text(text, "utf-8")
    spot = read("dahua", sample("dahua_icc.json"), read_sources(path)).spot
    assert (spot.camera_id, spot.longitude, spot.crs) == ("gate-3", 117.2, Crs.GCJ02)


@pytest.mark.parametrize(
    ("source", "name", "change", "field"),
    [
        ("dahua", "dahua_icc.json", {"info": {}}, "info.alarmCode"),
        ("dahua", "dahua_icc.json", {"info": {"alarmCode": "1", "alarmType": 1}}, "code"),
        ("dahua", "dahua_icc.json", {"info": {"alarmCode": {}}}, "info.alarmCode"),
        (
            "dahua",
            "dahua_icc.json",
            {"info": {"alarmCode": "1", "alarmType": 890, "alarmDate": "soon"}},
            "info.alarmDate",
        ),
        ("huawei", "huawei_vias.json", {"event_type": 1}, "code"),
        ("huawei", "huawei_vias.json", {"timestamp": "now"}, "timestamp"),
        ("huawei", "huawei_vias.json", {"image_base64": "§"}, "image_base64"),
        ("huawei", "huawei_vias.json", {"stream_id": "a\nb"}, "stream_id"),
        ("12345", "ticket_12345.json", {"code": "12"}, "code"),
        ("12345", "ticket_12345.json", {"place": {"longitude": 200}}, "place.longitude"),
        ("12345", "ticket_12345.json", {"at": "2026-11-25 08:00:00"}, "at"),
    ],
)
def test_what_is_wrong_is_named(source: str, name: str, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Problem) as error:
        read(source, sample(name) | change)
    assert field in [each.field for each in error.value.errors]


def test_every_shipped_code_is_one_of_the_scheme() -> None:
    for table in SOURCES.codes.values():
        assert table.source
        for meaning in table.map.values():
            assert meaning.service_code[2:4] in {"01", "02", "03", "04", "05", "06"}


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    text = SHIPPED.read_text("utf-8").replace("codes: huawei", "codes: huawai")
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsInvalid, match="no table huawai; there: dahua, huawei, hikvision"):
        read_sources(path)
