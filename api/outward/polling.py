"""Asks other cities' endpoints how the requests stand that we filed with them."""

import logging
from datetime import datetime

from api.outward.addresses import AddressRefused
from api.outward.calling import Unreachable
from api.outward.georeport import client_for
from api.outward.georeport_client import TOKEN, GeoReportClient, NotUnderstood
from api.outward.inward import report_done
from api.outward.limits import shipped_limits
from api.schema.subscriptions import GeoReportOptions
from api.services import Services
from api.store.errors import NotAllowed
from api.store.handovers import Look, looked, looks_due
from api.vault import SecretsLocked

log = logging.getLogger(__name__)


def poll(services: Services, now: datetime) -> None:
    """Ask about each request whose time has come."""
    for look in looks_due(services.store, now):
        try:
            said = services.store.vault.open_options(look.receiver.options)
        except SecretsLocked as error:
            log.error("case %s: %s", look.number, error)
            return
        options = GeoReportOptions.model_validate(said)
        client = client_for(services, look.receiver, options, shipped_limits().open311)
        try:
            _ask(services, client, look, options.poll_s, now)
        except (Unreachable, AddressRefused, NotUnderstood) as error:
            log.warning("case %s: %s", look.number, error)
            looked(services.store, look, now, options.poll_s)


def _ask(
    services: Services, client: GeoReportClient, look: Look, poll_s: float, now: datetime
) -> None:
    reference = look.reference
    if reference.startswith(TOKEN):
        found = client.by_token(reference.removeprefix(TOKEN))
        if found is None:
            looked(services.store, look, now, poll_s)
            return
        reference = found[:120]
    request = client.request(reference) or {}
    status = "closed" if str(request.get("status")).lower() == "closed" else "open"
    notes = str(request.get("status_notes") or "")
    again: float | None = poll_s
    if status == "closed" and _tell(services, look, notes, now):
        again = None
    looked(services.store, look, now, again, reference=reference, status=status, notes=notes)


def _tell(services: Services, look: Look, notes: str, now: datetime) -> bool:
    """Say here that it is done there; False when the case is not ready to hear it."""
    opinion = notes[:400] or "对方系统已办结"
    try:
        report_done(services, look.number, f"open311 {look.receiver.id}", opinion, (), now)
    except NotAllowed as error:
        log.info("case %s is closed elsewhere, and not ready for it here: %s", look.number, error)
        return False
    return True
