"""What an eGova platform asks of us, done as the table of a case's life allows."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.clocks import Unit
from api.clocks.config import LimitModel
from api.doors.arrival import from_base64
from api.life.actors import Who
from api.life.fields import AskPostpone, Fields, Reasoned
from api.life.machine import BY_ACTION
from api.life.words import STATE_NAMES
from api.outward.inward import dispatched, integrator, report_done
from api.schema import Action, Case
from api.schema.egova import EgovaAction, EgovaAnswer, EgovaData, EgovaMessage
from api.services import Services
from api.store.acting import act
from api.store.errors import CaseError, UnknownCase
from api.store.handovers import case_of_number, keep_message, known_message
from api.store.lives import history_of

_FINEST = Decimal("0.01")
_TIME = "%Y-%m-%d %H:%M:%S"
_READS = frozenset({EgovaAction.GET_REC_INFO, EgovaAction.GET_REC_PROCESS_INFO})


def answer(services: Services, message: EgovaMessage, now: datetime) -> EgovaAnswer:
    """Do what is asked, once by its uid, and say what became of it.

    Only what was done is remembered: a refused action may be sent again.

    Raises:
        Problem: a picture is none, or cannot be kept.
    """
    digest = hashlib.sha256(message.model_dump_json().encode()).hexdigest()
    try:
        if message.action not in _READS:
            known = known_message(services.store, message, digest)
            if known is not None:
                return known
        done = _DOES[message.action](services, message, now)
    except (CaseError, ValueError) as error:
        return _refused(error)
    if message.action not in _READS:
        keep_message(services.store, message, digest, done, now)
        services.feed.nudge()
    return done


def _refused(error: Exception) -> EgovaAnswer:
    code = 404 if isinstance(error, UnknownCase) else 409
    if not isinstance(error, CaseError):
        code = 422
    return EgovaAnswer(code=code, success=False, message=str(error), data={})


def _done(message: str = "", **data: Any) -> EgovaAnswer:
    return EgovaAnswer(code=200, success=True, message=message, data=data)


def _dispose(services: Services, message: EgovaMessage, now: datetime) -> EgovaAnswer:
    data = message.data
    pictures = [
        from_base64(f"data.medias.{index}.content", media.content)
        for index, media in enumerate(data.medias)
        if media.content
    ]
    links = [media.mediaPath for media in data.medias if media.mediaPath]
    opinion = "\n".join([data.disposeOpinion or "处置完成", *links])[:500]
    moved = report_done(services, data.caseId, message.senderCode, opinion, pictures, now)
    return _done("" if moved else "此前已反馈")


def _acts(action: Action, fields: Callable[[EgovaData], Fields]) -> Any:
    def does(services: Services, message: EgovaMessage, now: datetime) -> EgovaAnswer:
        case = dispatched(services, case_of_number(services.store, message.data.caseId), now)
        actor = integrator(message.senderCode)
        act(services.store, case.id, action, actor, fields(message.data), None, now)
        return _done()

    return does


def _reason(data: EgovaData) -> Reasoned:
    if not data.applyOpinion.strip():
        raise ValueError("applyOpinion: is empty; say why")
    return Reasoned(reason=data.applyOpinion)


def _postpone(data: EgovaData) -> AskPostpone:
    units = ((data.postponeHours, Unit.WORK_HOUR), (data.postponeDays, Unit.WORK_DAY))
    for amount, unit in units:
        if amount is not None:
            limit = LimitModel(amount=Decimal(str(amount)).quantize(_FINEST), unit=unit)
            return AskPostpone(reason=_reason(data).reason, limit=limit)
    raise ValueError("postponeHours or postponeDays: say how much longer")


def _info(services: Services, message: EgovaMessage, _now: datetime) -> EgovaAnswer:
    case = case_of_number(services.store, message.data.caseId)
    return _done(**_fields(services, case))


def _fields(services: Services, case: Case) -> Mapping[str, Any]:
    zone = services.settings.zone
    return {
        "caseId": case.number,
        "registerTime": case.received_at.astimezone(zone).strftime(_TIME),
        "recTypeName": case.category.type,
        "subTypeId": case.category.code,
        "subTypeName": case.category.name_zh,
        "address": case.place.address,
        "statusName": STATE_NAMES[case.status][0],
        "unitName": case.department or "",
    }


def _process(services: Services, message: EgovaMessage, _now: datetime) -> EgovaAnswer:
    case = case_of_number(services.store, message.data.caseId)
    zone = services.settings.zone
    items = [
        {
            "taskDefineName": STATE_NAMES[entry.after][0],
            "actionName": BY_ACTION[entry.action].name_zh,
            "actionTime": entry.at.astimezone(zone).strftime(_TIME),
            "humanName": entry.by,
            "unitName": case.department if entry.by_kind == Who.INTEGRATOR else "",
            "itemContent": str(entry.fields.get("opinion") or entry.fields.get("reason") or ""),
        }
        for entry in history_of(services.store, case.id) or ()
    ]
    return _done(caseId=case.number, itemInstList=items)


_DOES: Mapping[EgovaAction, Callable[[Services, EgovaMessage, datetime], EgovaAnswer]] = {
    EgovaAction.DISPOSE_FEEDBACK: _dispose,
    EgovaAction.SIGN: _acts(Action.SIGN, lambda _data: Fields()),
    EgovaAction.APPLY_ROLLBACK: _acts(Action.ASK_ROLLBACK, _reason),
    EgovaAction.APPLY_POSTPONE: _acts(Action.ASK_POSTPONE, _postpone),
    EgovaAction.APPLY_CANCEL: _acts(Action.ASK_VOID, _reason),
    EgovaAction.GET_REC_INFO: _info,
    EgovaAction.GET_REC_PROCESS_INFO: _process,
}
