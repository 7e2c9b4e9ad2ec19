"""Cases as readers see them, and what operators decide."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import av
import httpx
import numpy as np
import pytest

from api.app import create_app
from api.catalogue import read_catalogue
from api.services import Services
from api.settings import Settings
from tests.api.conftest import Api, evidence_of, picture, report_of, running, sighting_of

JPEG = picture()
CONFIRM = {"verdict": "confirmed", "by": "李"}
DISMISS = {"verdict": "dismissed", "reason": "影子", "by": "李"}


def verdict(api: Api, case: dict[str, Any], **request: Any) -> Any:
    headers = request.pop("headers", {})
    return api.post(f"/v1/cases/{case['id']}/verdict", json=request, headers=headers)


@pytest.fixture
def case(shared: Api) -> dict[str, Any]:
    return shared.file(JPEG)


def test_cases_come_newest_first_in_pages(api: Api) -> None:
    filed = [api.file(JPEG)["id"] for _ in range(5)]
    seen, cursor = [], ""
    while True:
        page = api.get(f"/v1/cases?limit=2{cursor}").json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == filed[::-1]


def test_a_page_that_is_just_full_is_the_last(api: Api) -> None:
    api.file(JPEG)
    assert api.get("/v1/cases?limit=1").json()["next"] is None


def test_cases_are_found_by_status_kind_camera_and_time(api: Api) -> None:
    litter = api.file(JPEG)
    cover = api.file(JPEG, kind="manhole", place={"camera_id": "gate-9"})
    verdict(api, cover, **CONFIRM)

    def found(**query: str) -> list[int]:
        return [item["id"] for item in api.get("/v1/cases", params=query).json()["items"]]

    assert found(status="pending_dispatch") == [cover["id"]]
    assert found(status="reported") == [litter["id"]]
    assert found(kind="litter") == [litter["id"]]
    assert found(camera_id="gate-9") == [cover["id"]]
    assert found(since=cover["received_at"]) == [cover["id"]]
    assert found(kind="litter", camera_id="gate-9") == []
    assert found(kind="nothing") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1000", "limit"),
        ("cursor=x", "cursor"),
        (f"cursor={2**70}", "cursor"),
        ("status=open", "status.0"),
        ("since=yesterday", "since"),
        ("kind=%00", "kind"),
    ],
)
def test_a_wrong_filter_is_named(shared: Api, query: str, field: str) -> None:
    answer = shared.get(f"/v1/cases?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("address", "status"),
    [("/v1/cases/70000", 404), (f"/v1/cases/{2**70}", 422), ("/v1/cases/x", 422), ("/v1", 404)],
)
def test_what_is_not_there_is_a_problem(shared: Api, address: str, status: int) -> None:
    answer = shared.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_method_that_is_not_taken_is_a_problem(shared: Api) -> None:
    answer = shared.delete("/v1/cases")
    assert (answer.status_code, answer.json()["status"]) == (405, 405)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_cases_etag_changes_with_the_case_alone(shared: Api, case: dict[str, Any]) -> None:
    address = f"/v1/cases/{case['id']}"
    etag = shared.get(address).headers["ETag"]
    assert shared.get(address, headers={"If-None-Match": etag}).status_code == 304
    shared.post(f"/v1/reports/{case['violation_id']}/sightings", json=sighting_of(1))
    again = shared.get(address, headers={"If-None-Match": etag})
    assert again.status_code == 200
    assert again.headers["ETag"] != etag


def test_a_confirmed_case_says_when_and_by_whom(shared: Api, case: dict[str, Any]) -> None:
    answer = verdict(shared, case, **CONFIRM)
    assert answer.status_code == 200
    after = answer.json()
    assert (after["status"], after["decided_by"], after["dismiss_reason"]) == (
        "pending_dispatch",
        "李",
        None,
    )
    assert after["decided_at"] >= after["received_at"]
    assert answer.headers["ETag"] == shared.get(f"/v1/cases/{case['id']}").headers["ETag"]


def test_a_dismissal_needs_a_reason(shared: Api, case: dict[str, Any]) -> None:
    for reason in ({}, {"reason": ""}, {"reason": "  \n"}):
        answer = verdict(shared, case, verdict="dismissed", **reason)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "reason"
    assert verdict(shared, case, **DISMISS).json()["dismiss_reason"] == "影子"


def test_the_same_verdict_again_changes_nothing(shared: Api, case: dict[str, Any]) -> None:
    first = verdict(shared, case, **DISMISS)
    again = verdict(shared, case, **DISMISS)
    assert again.status_code == 200
    assert (again.json(), again.headers["ETag"]) == (first.json(), first.headers["ETag"])


def test_another_verdict_is_refused_once_there_is_one(shared: Api, case: dict[str, Any]) -> None:
    verdict(shared, case, **CONFIRM)
    answer = verdict(shared, case, **DISMISS)
    assert answer.status_code == 409
    assert "待派遣" in answer.json()["detail"]
    assert shared.get(f"/v1/cases/{case['id']}").json()["status"] == "pending_dispatch"


def test_a_verdict_on_an_outdated_sight_is_refused(shared: Api, case: dict[str, Any]) -> None:
    seen = {"If-Match": shared.get(f"/v1/cases/{case['id']}").headers["ETag"]}
    shared.post(f"/v1/reports/{case['violation_id']}/sightings", json=sighting_of(1, "cleared"))
    assert verdict(shared, case, headers=seen, **CONFIRM).status_code == 412
    assert verdict(shared, case, headers={"If-Match": '"x"'}, **CONFIRM).status_code == 412
    fresh = {"If-Match": shared.get(f"/v1/cases/{case['id']}").headers["ETag"]}
    assert verdict(shared, case, headers=fresh, **CONFIRM).status_code == 200
    # The answer was lost, so it is asked again, with the tag of before.
    assert verdict(shared, case, headers=fresh, **CONFIRM).status_code == 200


def test_of_many_verdicts_at_once_one_stands(shared: Api, case: dict[str, Any]) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda i: verdict(shared, case, **(CONFIRM if i % 2 else DISMISS)), range(8))
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [409] * 4


def test_a_verdict_needs_a_case_and_known_fields(shared: Api, case: dict[str, Any]) -> None:
    assert verdict(shared, {"id": 99_000}, **CONFIRM).status_code == 404
    assert verdict(shared, case, verdict="maybe").status_code == 422
    assert verdict(shared, case, **CONFIRM, note="x").json()["errors"][0]["field"] == "note"
    assert verdict(shared, case, **CONFIRM | {"by": "x" * 81}).status_code == 422


def test_another_sites_page_cannot_decide(shared: Api, case: dict[str, Any]) -> None:
    for foreign in (
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        answer = verdict(shared, case, headers=foreign, **CONFIRM)
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
    own = {"Sec-Fetch-Site": "same-origin", "Origin": shared.url}
    assert verdict(shared, case, headers=own, **CONFIRM).status_code == 200


def test_a_file_of_evidence_is_served_whole_and_in_parts(api: Api, mp4: bytes) -> None:
    item = file_clip(api, mp4)
    whole = api.get(item["url"])
    assert whole.content == mp4
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert whole.headers["etag"] == f'"{item["sha256"]}"'
    part = api.get(item["url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, mp4[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(mp4)}"
    tail = api.get(item["url"], headers={"Range": "bytes=-5", "If-Range": part.headers["etag"]})
    assert (tail.status_code, tail.content) == (206, mp4[-5:])
    changed = api.get(item["url"], headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (changed.status_code, changed.content) == (200, mp4)
    beyond = api.get(item["url"], headers={"Range": f"bytes={len(mp4)}-"})
    assert (beyond.status_code, beyond.json()["status"]) == (416, 416)
    assert beyond.headers["content-range"] == f"bytes */{len(mp4)}"
    tag = {"If-None-Match": whole.headers["etag"]}
    assert api.get(item["url"], headers=tag).status_code == 304


def file_clip(api: Api, mp4: bytes) -> dict[str, Any]:
    answer = api.submit(report_of(evidence_of(mp4, "clip", "video/mp4")), mp4)
    item: dict[str, Any] = answer.json()["evidence"][0]
    return item


def test_a_clip_in_h265_is_to_be_had_in_h264_and_stays_what_it_was(api: Api, mp4: bytes) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx265", rate=10, options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for shade in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * shade, np.uint8), "bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    item = file_clip(api, out.getvalue())
    copy = api.get(item["url"], params={"playable": "true"})
    assert copy.status_code == 200
    with av.open(io.BytesIO(copy.content)) as container:
        shown = container.streams.video[0]
        assert (shown.codec_context.name, shown.codec_context.width) == ("h264", 64)
        assert len(list(container.decode(video=0))) == 10
    assert copy.content.index(b"moov") < copy.content.index(b"mdat")
    assert copy.headers["etag"] != api.get(item["url"]).headers["etag"]
    assert api.get(item["url"]).content == out.getvalue()
    part = api.get(item["url"], params={"playable": "true"}, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, copy.content[:10])
    plain = file_clip(api, mp4)
    assert api.get(plain["url"], params={"playable": "true"}).content == mp4


def test_only_what_a_case_cites_is_served(api: Api) -> None:
    stray = api.settings.evidence / "00" / ("0" * 64)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    assert api.get(f"/v1/evidence/{'0' * 64}").status_code == 404
    for path in ("/v1/evidence/..%2f..%2ffive-chief.sqlite3", "/v1/evidence/xyz"):
        assert api.get(path).status_code in (404, 422)


def test_a_file_that_was_lost_is_a_problem_and_not_a_crash(api: Api, mp4: bytes) -> None:
    item = file_clip(api, mp4)
    (path,) = api.kept_files()
    path.unlink()
    answer = api.get(item["url"])
    assert (answer.status_code, answer.json()["type"][-13:]) == (404, "evidence-lost")


def heartbeat(**changes: Any) -> dict[str, Any]:
    return {
        "worker": "w1",
        "at": "2025-11-25T08:00:00+08:00",
        "kinds": ["litter"],
        "cameras": [
            {
                "camera_id": "gate-3",
                "state": "stalled",
                "since": "2025-11-25T07:59:00+08:00",
                "reason": "no packet for 10 s",
            }
        ],
        "outbox_waiting": 3,
    } | changes


def test_what_is_watched_is_what_living_workers_say(api: Api) -> None:
    assert {kind["watched"] for kind in api.get("/v1/watching").json()["kinds"]} == {False}
    for beat in (heartbeat(), heartbeat(outbox_waiting=2), heartbeat(worker="w2", kinds=["x"])):
        assert api.post("/v1/heartbeats", json=beat).status_code == 204
    seen = api.get("/v1/watching").json()
    assert [(kind["kind"], kind["watched"]) for kind in seen["kinds"]] == [
        ("litter", True),
        ("vending", False),
        ("manhole", False),
    ]
    assert [(w["worker"], w["alive"], w["outbox_waiting"]) for w in seen["workers"]] == [
        ("w1", True, 2),
        ("w2", True, 3),
    ]
    assert (seen["cameras"][0]["state"], seen["cameras"][0]["alive"]) == ("stalled", True)


def test_a_worker_that_fell_silent_watches_nothing(api: Api) -> None:
    api.post("/v1/heartbeats", json=heartbeat())
    with running(replace(api.settings, worker_timeout_s=0.0)) as url, Api(url, api.settings) as two:
        seen = two.get("/v1/watching").json()
    assert [kind["watched"] for kind in seen["kinds"]] == [False, False, False]
    assert seen["kinds"][0]["last_heard"] is not None
    assert seen["cameras"][0]["alive"] is False


def test_health_says_which_catalogue_is_in_force(api: Api) -> None:
    answer = api.get("/v1/health").json()
    assert (answer["status"], answer["catalogue"]) == ("ok", read_catalogue().version)


def test_while_the_store_is_away_readers_are_told_to_try_again(settings: Settings) -> None:
    app = create_app(settings)
    services: Services = app.state.services
    services.store.engine.dispose()
    database = settings.data / "five-chief.sqlite3"
    for path in settings.data.glob(f"{database.name}*"):
        path.unlink()
    database.mkdir()

    async def ask() -> httpx.Response:
        line = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=line, base_url="http://localhost") as client:
            return await client.get("/v1/cases")

    answer = asyncio.run(ask())
    services.store.engine.dispose()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["type"].endswith(":store-away")
