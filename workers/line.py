"""The worker's line to the API: one HTTP client, and what each answer means."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx

from api.schema import Case, Heartbeat, Rectification
from api.schema.memory import CameraMemory
from workers.errors import Rejected, Unavailable, Unknown
from workers.messages import Message

_REFUSED_FOR_GOOD = frozenset({400, 409, 413, 415, 422})
_EVERYONES_PROBLEM = frozenset({401, 403, 404, 405, 429, 502, 503, 504})


class Line:
    """Speaks to the API at `url` with a worker's key.

    Safe to use from several threads.
    """

    def __init__(self, url: str, key: str, timeout_s: float = 30.0) -> None:
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(timeout_s, connect=5.0),
            trust_env=False,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def send(self, message: Message, evidence: Sequence[Path]) -> Case | Rectification:
        """Hands one message over; the same message twice makes the same case.

        Args:
            message: a report or a sighting.
            evidence: its files, each named by its SHA-256.

        Returns:
            The case that the API made, or had already; or where the report waits for a shop.

        Raises:
            Unavailable: no answer, or none that settles it: try again later.
            Unknown: a sighting whose violation the API does not know.
            Rejected: refused for good.
        """
        if message.is_report:
            path, field, body = "/v1/reports", "report", message.body
        else:
            path, field = f"/v1/reports/{message.violation_id}/sightings", "sighting"
            body = json.dumps({**json.loads(message.body), "number": message.number})
        with ExitStack() as stack:
            parts: list[tuple[str, tuple[str | None, object, str]]] = [
                (field, (None, body, "application/json"))
            ]
            for file in evidence:
                opened = stack.enter_context(file.open("rb"))
                parts.append(("files", (file.name, opened, "application/octet-stream")))
            try:
                answer = self._client.post(path, files=parts)  # type: ignore[arg-type]
            except httpx.TransportError as error:
                raise Unavailable(_no_answer(error), everyone=True) from error
        return _understood(answer, is_report=message.is_report)

    def answer(self, body: str, evidence: Sequence[Path]) -> None:
        """Hands over what came of an order; the same answer twice is one.

        Args:
            body: an `api.schema.line.Answer` as JSON.
            evidence: its files, each named by its SHA-256.

        Raises:
            Unavailable: no answer, or none that settles it: try again later.
            Rejected: refused for good.
        """
        with ExitStack() as stack:
            parts: list[tuple[str, tuple[str | None, object, str]]] = [
                ("answer", (None, body, "application/json"))
            ]
            for file in evidence:
                opened = stack.enter_context(file.open("rb"))
                parts.append(("files", (file.name, opened, "application/octet-stream")))
            try:
                answer = self._client.post("/v1/line/answers", files=parts)  # type: ignore[arg-type]
            except httpx.TransportError as error:
                raise Unavailable(_no_answer(error), everyone=True) from error
        if answer.is_success:
            return
        if answer.status_code in _REFUSED_FOR_GOOD or answer.status_code == 404:
            raise Rejected(_detail(answer))
        raise Unavailable(_detail(answer), everyone=answer.status_code in _EVERYONES_PROBLEM)

    def tell_of_camera(self, alert: bytes) -> None:
        """Tells of a camera's picture; the same alert again changes nothing.

        Args:
            alert: an `api.schema.CameraAlert` as JSON.

        Raises:
            Unavailable: no answer, or none that settles it: try again later.
            Rejected: refused for good.
        """
        self._tell("/v1/camera-alerts", alert)

    def _tell(self, path: str, body: bytes) -> None:
        kind = {"Content-Type": "application/json"}
        try:
            answer = self._client.post(path, content=body, headers=kind)
        except httpx.TransportError as error:
            raise Unavailable(_no_answer(error), everyone=True) from error
        if answer.is_success:
            return
        if answer.status_code in _REFUSED_FOR_GOOD:
            raise Rejected(_detail(answer))
        raise Unavailable(_detail(answer), everyone=answer.status_code in _EVERYONES_PROBLEM)

    def tell_memory(self, memory: CameraMemory) -> None:
        """Tells what a camera remembers of dismissals, in place of what was told before.

        Raises:
            Unavailable: no answer, or none that settles it: try again later.
            Rejected: refused for good.
        """
        self._tell("/v1/memory", memory.model_dump_json().encode())

    def beat(self, heartbeat: Heartbeat) -> None:
        """Tells the API that this worker lives and what it watches.

        Raises:
            Unavailable: the API did not take it; the next one will do.
        """
        try:
            answer = self._client.post(
                "/v1/heartbeats",
                content=heartbeat.model_dump_json(),
                headers={"Content-Type": "application/json"},
                timeout=5.0,
            )
        except httpx.TransportError as error:
            raise Unavailable(_no_answer(error), everyone=True) from error
        if not answer.is_success:
            raise Unavailable(_detail(answer), everyone=True)


def _understood(answer: httpx.Response, *, is_report: bool) -> Case | Rectification:
    if answer.is_success:
        try:
            if answer.status_code == 202:
                return Rectification.model_validate_json(answer.content)
            return Case.model_validate_json(answer.content)
        except ValueError as error:
            raise Unavailable(
                f"{answer.url} answers {answer.status_code} with something that is no case: "
                "is it the case API, and of this version?",
                everyone=True,
            ) from error
    if answer.status_code == 404 and not is_report:
        raise Unknown(_detail(answer))
    if answer.status_code in _REFUSED_FOR_GOOD:
        raise Rejected(_detail(answer))
    if answer.status_code in (401, 403):
        raise Unavailable(
            f"{_detail(answer)}; the worker's `api.key` is not one of the API's worker keys: "
            "give both the same",
            everyone=True,
        )
    raise Unavailable(_detail(answer), everyone=answer.status_code in _EVERYONES_PROBLEM)


def _detail(answer: httpx.Response) -> str:
    """One line of an RFC 9457 problem, or of whatever else came back."""
    try:
        problem = answer.json()
        text = "; ".join(
            [str(problem.get("detail") or problem.get("title") or "")]
            + [f"{e.get('field')}: {e.get('message')}" for e in problem.get("errors", [])]
        )
    except (ValueError, AttributeError):
        text = answer.text[:200]
    return f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {text}".strip()


def _no_answer(error: httpx.TransportError) -> str:
    try:
        where = str(error.request.url.copy_with(path="/"))
    except RuntimeError:
        where = "the API"
    return f"{where} does not answer: {str(error) or type(error).__name__}"
