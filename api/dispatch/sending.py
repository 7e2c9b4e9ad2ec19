"""The job that sends notices."""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from api.outward.notices import Channel, Notice
from api.outward.outcome import Outcome, Result
from api.services import Services
from api.store import notices
from api.store.audit import Actor
from api.store.chief_access import make_link
from api.store.notice_tables import NoticeRow

log = logging.getLogger(__name__)

_MOST = 64
_AT_ONCE = 8
_CHIEFS = ("chief", "keeper")
_NOTICES = Actor("system", "notices")
CHIEFS_PAGE = "/shift/chief"
"""The secret stands behind `#`, so that no server's log has it."""


def send_due(services: Services, now: datetime) -> None:
    """Try each notice that is due, several at once: a slow gateway holds up few others."""
    found = notices.due(services.store, now, _MOST)
    if found:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="notice") as pool:
            list(pool.map(lambda one: _send(services, one), found))


def _send(services: Services, notice_id: int) -> None:
    row = notices.take(services.store, notice_id, datetime.now(UTC))
    if row is None:
        return
    outcome = _try(services, row)
    if outcome.result is not Result.DELIVERED:
        log.warning("notice %d by %s: %s", row.id, row.channel, outcome.detail)
    notices.record(services.store, row.id, row.tries, outcome, datetime.now(UTC))


def _try(services: Services, row: NoticeRow) -> Outcome:
    channels: Mapping[str, Channel] = services.channels
    channel = channels.get(row.channel)
    if channel is None:
        known = ", ".join(sorted(channels)) or "none"
        return Outcome(
            Result.REFUSED, f"no channel {row.channel!r} is set up (--channels); there are: {known}"
        )
    notice = Notice(
        id=f"notice-{row.id}",
        title=row.title,
        text=row.text,
        url=_url(services, row),
        mobiles=() if row.phone is None else (row.phone,),
        emails=() if row.email is None else (row.email,),
        about={"kind": row.text_kind, "role": row.role, "name": row.name, "case_id": row.case_id},
    )
    try:
        return channel.deliver(notice)
    except Exception as error:
        log.exception("channel %s", row.channel)
        return Outcome(Result.FAILED, f"{type(error).__name__}: {error}")


def _url(services: Services, row: NoticeRow) -> str:
    """Where its reader goes: a chief straight to the own cases, anybody else to the case."""
    here = services.settings.public_url
    if here is None or row.case_id is None:
        return ""
    here = here.rstrip("/")
    if row.audience not in _CHIEFS or not row.assignment:
        return f"{here}/shift/cases/{row.case_id}"
    now = datetime.now(UTC)
    secret = make_link(services.store, row.assignment, row.name, _NOTICES, now)
    return f"{here}{CHIEFS_PAGE}?case={row.case_id}#{secret}"
