"""Channel lists as districts have them become a worker's cameras, whole or not at all."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from api.schema import Crs
from cli.main import app
from workers.channels import ListInvalid, read_channels, with_cameras

CSV = """通道编码,名称,取流地址,经度,纬度,安装地址
37018101001320000001,市场街东口,rtsp://u:p@10.0.0.1/1,117.5340,36.7120,市场街1号
37018101001320000002,市场街西口,rtsp://u:p@10.0.0.2/1,0,0,
"""
WVP = {
    "code": 0,
    "data": {
        "total": 2,
        "list": [
            {
                "channelId": "34020000001320000001",
                "deviceId": "34020000001110000001",
                "name": "东门",
                "longitude": 117.53,
                "latitude": 36.71,
            },
            {
                "channelId": "34020000001320000002",
                "deviceId": "34020000001110000001",
                "name": "西门",
                "rtsp": "rtsp://10.0.0.9:554/rtp/2",
            },
        ],
    },
}
BASE = """
worker: w
state: /tmp/none
api: {url: "http://127.0.0.1:9", key: "0123456789abcdef"}
rules: [{id: litter, kind: litter, model: litter, classes: [litter]}]
cameras:
  - {id: "37018101001320000001", url: "rtsp://old/1"}
  - {id: own, url: "rtsp://own/1"}
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_with_chinese_names_is_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(CSV.encode(encoding))
    first, second = read_channels(path, Crs.GCJ02)
    assert (first.id, first.name, first.address) == (
        "37018101001320000001",
        "市场街东口",
        "市场街1号",
    )
    assert (first.longitude, first.latitude, first.crs) == (117.534, 36.712, Crs.GCJ02)
    assert (second.longitude, second.crs) == (None, None)


def test_a_sub_stream_may_stand_beside_the_main_one(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id,url,子码流\na,rtsp://x/101,rtsp://x/102\nb,rtsp://x/201,\n", "utf-8")
    assert [one.sub_url for one in read_channels(path)] == ["rtsp://x/102", None]
    written = yaml.safe_load(with_cameras(BASE, read_channels(path)))["cameras"]
    assert written[-2]["sub_url"] == "rtsp://x/102"
    assert "sub_url" not in written[-1]


def test_a_platforms_json_is_read_and_addresses_are_made(tmp_path: Path) -> None:
    path = tmp_path / "wvp.json"
    path.write_text(json.dumps(WVP), "utf-8")
    first, second = read_channels(path, Crs.WGS84, "rtsp://zlm:554/rtp/{deviceId}_{channelId}")
    assert first.url == "rtsp://zlm:554/rtp/34020000001110000001_34020000001320000001"
    assert second.url == "rtsp://10.0.0.9:554/rtp/2"
    media = [
        {
            "app": "rtp",
            "stream": "34020000001320000001",
            "schema": schema,
            "originUrl": "rtsp://a/1",
        }
        for schema in ("rtsp", "rtmp", "hls")
    ]
    path.write_text(json.dumps({"code": 0, "data": media}), "utf-8")
    (only,) = read_channels(path)
    assert (only.id, only.url) == ("34020000001320000001", "rtsp://a/1")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,url\n", "no channel in it"),
        ("id,url\na,http://x/1\n", "line 2: url: not the RTSP address"),
        ("id,url\na b,rtsp://x/1\n", "line 2: id: an id is up to 64"),
        ("id,url\na,rtsp://x/1\na,rtsp://x/2\n", "line 3: a stands in line 2 already"),
        ("id,url,lng,lat\na,rtsp://x/1,117,36\n", "need their system"),
        ("id,url,lng,lat,crs\na,rtsp://x/1,217,36,wgs84\n", "longitude"),
        ("id,name\na,b\n", "url: Field required"),
        ("id,url,sub_url\na,rtsp://x/1,http://x/2\n", "line 2: sub_url: not the RTSP address"),
        ("id,url,子码流\na,rtsp://x/1,rtsp://x/1\n", "sub_url is the main stream's address again"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_taken(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ListInvalid, match=says):
        read_channels(path)


def test_json_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    for text in ("{", '{"a": 1}', '{"data": 3}'):
        path.write_text(text, "utf-8")
        with pytest.raises(ListInvalid):
            read_channels(path)


def test_the_template_must_fit(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id\na\n", "utf-8")
    with pytest.raises(ListInvalid, match="names 'channel'"):
        read_channels(path, None, "rtsp://x/{channel}")


def test_the_command_adds_replaces_and_keeps_what_it_has(tmp_path: Path) -> None:
    listed, base, out = (tmp_path / name for name in ("list.csv", "base.yaml", "new.yaml"))
    listed.write_text(CSV, "utf-8")
    base.write_text(BASE, "utf-8")
    arguments = ["channels", str(listed), "--config", str(base), "--out", str(out)]
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 2
    assert "need their system" in refused.stderr
    assert not out.exists()
    done = CliRunner().invoke(app, [*arguments, "--crs", "gcj02"])
    assert done.exit_code == 0, done.stderr
    cameras = yaml.safe_load(out.read_text("utf-8"))["cameras"]
    assert [camera["id"] for camera in cameras] == [
        "own",
        "37018101001320000001",
        "37018101001320000002",
    ]
    assert cameras[1]["crs"] == "gcj02"
    checked = CliRunner().invoke(app, ["check", str(out)])
    assert checked.exit_code == 0, checked.stderr
    with pytest.raises(ListInvalid):
        with_cameras("- a", [])
