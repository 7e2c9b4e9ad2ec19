"""Cases in eGova's REPORT shape, and what follows of them: checks, cancellations, new pictures.

The case is handed over once, at the step that `configs/outward.yaml` names; a message's uid is the
event's id, so that the platform takes each once.
"""

import base64
import threading
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from api.outward.adapters import caller_for
from api.outward.addresses import AddressRefused
from api.outward.calling import Unreachable
from api.outward.egova_client import (
    EgovaClient,
    Said,
    TokenRefused,
    is_duplicate,
    is_success,
    reference_of,
)
from api.outward.limits import EgovaLimits
from api.outward.outcome import Outcome, Result
from api.schema import EvidenceView
from api.schema.subscriptions import EgovaOptions
from api.services import Services
from api.store import handovers
from api.store.deliveries import Due
from api.store.subscriptions import Receiver
from api.store.telling import Step, Told, told

_TIME = "%Y-%m-%d %H:%M:%S"
_REPORTED, _CHECKED = "上报", "核查"
_PICTURES = {"image/jpeg": "jpg", "image/png": "png"}


class Egova:
    """The adapter; keeps a client, with its token, for each platform."""

    def __init__(self, services: Services, limits: EgovaLimits) -> None:
        self._services = services
        self._limits = limits
        self._lock = threading.Lock()
        self._clients: dict[tuple[UUID, str, str], EgovaClient] = {}

    def send(self, due: Due, receiver: Receiver) -> Outcome:
        """Send what the event is for this platform, if it is something."""
        options = EgovaOptions.model_validate(
            self._services.store.vault.open_options(receiver.options)
        )
        what = told(self._services.store, due.event)
        if due.type not in self._limits.report_on and not self._is_known(due, receiver):
            return Outcome(Result.NOT_WANTED, "the case was not handed over to this platform")
        message = self._message(what, due, options)
        if message is None:
            return Outcome(Result.NOT_WANTED, f"no action of this platform's is {due.type}")
        action, data = message
        try:
            said = self._client(receiver, options).act(action, due.message_id, data)
        except (TokenRefused, Unreachable, AddressRefused) as error:
            return Outcome(Result.FAILED, str(error))
        return self._read(said, action)

    def _is_known(self, due: Due, receiver: Receiver) -> bool:
        return handovers.reference_of(self._services.store, receiver.id, due.case_id) is not None

    def _client(self, receiver: Receiver, options: EgovaOptions) -> EgovaClient:
        key = (receiver.id, receiver.url, options.model_dump_json())
        with self._lock:
            if key not in self._clients:
                caller = caller_for(self._services, self._limits.time_limit_s)
                self._clients[key] = EgovaClient(caller, receiver.url, options, self._limits)
            return self._clients[key]

    def _read(self, said: Said, action: str) -> Outcome:
        status = said.answer.status
        taken = action == "REPORT"
        reference = reference_of(said)
        detail = f"{action}: HTTP {status} {said.text}"
        if is_success(said):
            return Outcome(Result.DELIVERED, detail, status, reference=reference, hands_over=taken)
        if is_duplicate(said, self._limits):
            detail = f"{action}: the platform has it already; {said.text}"
            return Outcome(Result.DELIVERED, detail, status, reference=reference, hands_over=taken)
        if status in (429, 502, 503, 504):
            return Outcome(Result.THROTTLED, detail, status)
        return Outcome(Result.FAILED, detail, status)

    def _message(
        self, what: Told, due: Due, options: EgovaOptions
    ) -> tuple[str, dict[str, Any]] | None:
        """The action and its data, or None when the platform has none for it."""
        case, step = what.case, what.step
        data: dict[str, Any] = {"caseId": case.number}
        if due.type in self._limits.report_on:
            return "REPORT", data | self._report(what, options)
        if due.type == "case.sighted":
            medias = self._medias(_newest(case.evidence), _REPORTED, options)
            return ("UPLOAD_MEDIA", data | {"medias": medias}) if medias else None
        if step is None:
            return None
        at = what.at.astimezone(self._services.settings.zone).strftime(_TIME)
        if due.type in ("case.check_passed", "case.check_failed"):
            return "CHECK_FEEDBACK", data | {
                "checkResult": "核查通过" if due.type == "case.check_passed" else "核查不通过",
                "checkOpinion": step.fields.get("opinion", ""),
                "checkTime": at,
                "medias": self._medias(_named(case.evidence, step), _CHECKED, options),
            }
        words = {"applyOpinion": _reason(step), "applyTime": at}
        if due.type in ("case.voided", "case.void_granted"):
            return "APPLY_CANCEL", data | words
        if due.type == "case.supervised":
            return "SUPERVISE", data | {"superviseOpinion": _reason(step), "superviseTime": at}
        if due.type == "case.pressed":
            return "PRESS", data | {"pressOpinion": _reason(step), "pressTime": at}
        return None

    def _report(self, what: Told, options: EgovaOptions) -> dict[str, Any]:
        case, category, place = what.case, what.case.category, what.case.place
        types = self._limits.main_types
        mains = types.events if category.type == "事件" else types.components
        main = category.code[:2]
        where = place.address or place.camera_name or place.camera_id
        words = category.name_zh if case.condition is None else case.condition.condition_zh
        zone = self._services.settings.zone
        data: dict[str, Any] = {
            "registerTime": case.received_at.astimezone(zone).strftime(_TIME),
            "title": f"{where}{category.name_zh}",
            "eventDesc": f"摄像机{place.camera_name or place.camera_id}在{where}发现:{words}",
            "recTypeName": category.type,
            "eventSrcName": options.source_name,
            "eventTypeName": category.type,
            "mainTypeId": main,
            "mainTypeName": mains.get(main, ""),
            "subTypeId": category.code,
            "subTypeName": category.name_zh,
            "address": place.address,
            "coordinateX": place.longitude,
            "coordinateY": place.latitude,
            "medias": self._medias(case.evidence, _REPORTED, options),
        }
        if options.source_id is not None:
            data["eventSrcId"] = options.source_id
        return data

    def _medias(
        self, files: Iterable[EvidenceView], usage: str, options: EgovaOptions
    ) -> list[dict[str, Any]]:
        """Pictures in the message itself as far as they fit, the rest, and clips, as links."""
        left = self._limits.most_media_bytes if options.media == "content" else 0
        root = (self._services.settings.public_url or "").rstrip("/")
        found: list[dict[str, Any]] = []
        for file in files:
            ending = _PICTURES.get(file.media_type, "mp4")
            media: dict[str, Any] = {"mediaName": f"{file.sha256[:16]}.{ending}"}
            path = self._services.evidence.path(file.sha256)
            if file.media_type in _PICTURES and file.size <= left and path.is_file():
                left -= file.size
                media["content"] = base64.b64encode(path.read_bytes()).decode()
            elif root:
                media["mediaPath"] = f"{root}{file.url}"
            else:
                continue
            found.append(media | {"mediaUsage": usage})
        return found


def _newest(files: Iterable[EvidenceView]) -> list[EvidenceView]:
    """The files of the newest sighting."""
    later = [file for file in files if file.sighting is not None]
    newest = max((file.sighting or 0 for file in later), default=0)
    return [file for file in later if file.sighting == newest]


def _named(files: Iterable[EvidenceView], step: Step) -> list[EvidenceView]:
    """The files that a step names."""
    named = set(step.fields.get("pictures", ()))
    return list({file.sha256: file for file in files if file.sha256 in named}.values())


def _reason(step: Step) -> str:
    fields: Mapping[str, Any] = step.fields
    return str(fields.get("reason") or fields.get("note") or "")
