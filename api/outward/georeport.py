"""Cases filed into somebody else's Open311 GeoReport v2 endpoint.

POSTing a request is not idempotent in that protocol. Before a repeat, the endpoint is asked for
requests of the same service and time whose description bears the case's number: what it took
without our hearing so is found again instead of being doubled.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from api.open311.pictures import links_for
from api.outward.adapters import caller_for, read_status
from api.outward.addresses import AddressRefused
from api.outward.calling import Unreachable
from api.outward.georeport_client import GeoReportClient, NotUnderstood
from api.outward.limits import Open311Limits, shipped_limits
from api.outward.outcome import Outcome, Result
from api.schema.subscriptions import GeoReportOptions
from api.services import Services
from api.store import handovers
from api.store.deliveries import Due
from api.store.subscriptions import Receiver
from api.store.telling import Told, told

_AROUND = timedelta(days=2)


class GeoReport:
    """The adapter."""

    def __init__(self, services: Services, limits: Open311Limits) -> None:
        self._services = services
        self._limits = limits

    def send(self, due: Due, receiver: Receiver) -> Outcome:
        """File the case, once."""
        if due.type not in self._limits.report_on:
            return Outcome(Result.NOT_WANTED, "Open311 takes new requests alone")
        taken = handovers.reference_of(self._services.store, receiver.id, due.case_id)
        if taken is not None:
            detail = "filed already; a replay does not file it again"
            return Outcome(Result.DELIVERED, detail, reference=taken or None)
        options = GeoReportOptions.model_validate(
            self._services.store.vault.open_options(receiver.options)
        )
        what = told(self._services.store, due.event)
        client = client_for(self._services, receiver, options, self._limits)
        code = options.services.get(
            what.case.category.service_code, what.case.category.service_code
        )
        try:
            if due.tries > 0:
                known = self._find(client, code, what)
                if known is not None:
                    detail = "an earlier try had reached it"
                    return Outcome(Result.DELIVERED, detail, reference=known, hands_over=True)
            answer, reference = client.file(self._form(what, code, receiver.id))
        except (Unreachable, AddressRefused, NotUnderstood) as error:
            return Outcome(Result.FAILED, str(error))
        if reference is None and 200 <= answer.status < 300:
            detail = f"HTTP {answer.status}, but neither an id nor a token: {answer.excerpt}"
            return Outcome(Result.FAILED, detail, answer.status)
        limits = shipped_limits().webhooks
        outcome = read_status(answer, limits, what.at)
        taken_now = outcome.result is Result.DELIVERED
        return replace(outcome, reference=reference, hands_over=taken_now)

    def _find(self, client: GeoReportClient, code: str, what: Told) -> str | None:
        near = {
            "service_code": code,
            "start_date": _moment(what.at - _AROUND),
            "end_date": _moment(what.at + timedelta(days=30)),
        }
        for request in client.requests(near):
            if what.case.number in str(request.get("description") or ""):
                return str(request.get("service_request_id") or "") or None
        return None

    def _form(self, what: Told, code: str, receiver: UUID) -> dict[str, str]:
        case, place = what.case, what.case.place
        words = case.category.name_zh
        if case.condition is not None:
            words = f"{words}:{case.condition.condition_zh}"
        form: dict[str, Any] = {
            "service_code": code,
            "description": f"{words}(案卷 {case.number})"[:4000],
            "lat": place.latitude,
            "long": place.longitude,
            "address_string": place.address or place.camera_name or place.camera_id,
            "media_url": self._picture(what, receiver),
            "device_id": place.camera_id,
        }
        return {name: str(value) for name, value in form.items() if value not in (None, "")}

    def _picture(self, what: Told, receiver: UUID) -> str | None:
        root = (self._services.settings.public_url or "").rstrip("/")
        return links_for(self._services, root, f"open311 {receiver}")(what.case) if root else None


def client_for(
    services: Services, receiver: Receiver, options: GeoReportOptions, limits: Open311Limits
) -> GeoReportClient:
    """A client for a receiver's endpoint."""
    caller = caller_for(services, limits.time_limit_s)
    return GeoReportClient(caller, receiver.url, options.api_key, options.jurisdiction_id)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
