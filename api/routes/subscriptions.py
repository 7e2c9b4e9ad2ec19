"""Who wants to hear of cases, and what came of telling them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.auth import Caller, Doer, Principal, requires
from api.life.machine import EVENTS
from api.openapi import problems
from api.outward import signing
from api.outward.addresses import AddressRefused, Reach, check_url
from api.problems import Problem, invalid
from api.routes.tags import IfMatch, tags_in
from api.schema.people import Role, Scope
from api.schema.subscriptions import (
    Adapter,
    Delivery,
    DeliveryPage,
    DeliveryState,
    NewSubscription,
    Replay,
    Replayed,
    RotatedSecret,
    Rotation,
    Subscription,
    SubscriptionChange,
    SubscriptionList,
    SubscriptionRequest,
)
from api.services import Parts
from api.store import delivery_log, subscriptions
from api.store.delivery_log import UnknownDelivery
from api.store.errors import Outdated
from api.store.subscriptions import UnknownSubscription

_MAX_ID = 2**63 - 1
router = APIRouter(
    prefix="/v1/subscriptions",
    tags=["subscriptions"],
    dependencies=[requires(Role.ADMIN, Role.ENGINEER, Scope.SUBSCRIBE)],
)
Which = Annotated[UUID, Path(alias="subscription_id", description="The subscription's `id`.")]


def _owner(caller: Principal) -> str | None:
    """Keys see what they made; people see everything."""
    return caller.name if caller.kind == "key" else None


def _unknown(which: UUID) -> Problem:
    return Problem(404, "unknown-subscription", f"there is no subscription {which} of yours")


@router.post(
    "",
    status_code=201,
    summary="Subscribe to events",
    responses={201: {"description": "The subscription."}, **problems(401, 403, 422, 503)},
)
def post_subscription(
    wanted: SubscriptionRequest, doer: Doer, parts: Parts, response: Response
) -> NewSubscription:
    """Have events of cases delivered, at least once, in order within a case.

    A webhook gets a CloudEvents 1.0 body (`application/cloudevents+json`) with the headers of
    Standard Webhooks; `webhook-id` is the event's `id`, the same at every try. The secret is
    answered this once.
    """
    _check(wanted.url, parts)
    _check_types(wanted.types)
    secret = None
    if wanted.adapter is Adapter.WEBHOOK:
        secret = _secret(wanted.secret)
    made = subscriptions.make(parts.store, wanted, secret, doer, datetime.now(UTC))
    response.headers["Location"] = f"/v1/subscriptions/{made.id}"
    return NewSubscription(**made.model_dump(), secret=secret)


@router.get("", summary="List subscriptions", responses=problems(401, 403, 503))
def get_subscriptions(caller: Caller, parts: Parts) -> SubscriptionList:
    """All that the caller may see: a key its own, people all; secrets are not shown."""
    return SubscriptionList(items=subscriptions.find_all(parts.store, _owner(caller)))


@router.get(
    "/{subscription_id}",
    summary="Read a subscription",
    responses=problems(401, 403, 404, 422, 503),
)
def get_subscription(which: Which, caller: Caller, parts: Parts) -> Subscription:
    """A subscription, and how many of its messages wait or have failed."""
    try:
        return subscriptions.find(parts.store, which, _owner(caller))
    except UnknownSubscription as error:
        raise _unknown(which) from error


@router.patch(
    "/{subscription_id}",
    summary="Change, pause or take up a subscription",
    responses=problems(401, 403, 404, 412, 422, 503),
)
def patch_subscription(
    which: Which,
    wanted: SubscriptionChange,
    caller: Caller,
    doer: Doer,
    parts: Parts,
    if_match: IfMatch = None,
) -> Subscription:
    """Change what is given. While it is paused or disabled, events gather and none is lost."""
    now, tags = datetime.now(UTC), tags_in(if_match)
    if wanted.url is not None:
        _check(wanted.url, parts)
    _check_types(wanted.types or ())
    try:
        return subscriptions.change(parts.store, which, _owner(caller), wanted, doer, now, tags)
    except UnknownSubscription as error:
        raise _unknown(which) from error
    except Outdated as error:
        zh = "这个订阅刚被他人修改过"
        raise Problem(412, "outdated", str(error), detail_zh=zh) from error


@router.delete(
    "/{subscription_id}",
    status_code=204,
    summary="End a subscription",
    responses=problems(401, 403, 404, 422, 503),
)
def delete_subscription(which: Which, caller: Caller, doer: Doer, parts: Parts) -> None:
    """Forget it, with its messages and their log."""
    try:
        subscriptions.remove(parts.store, which, _owner(caller), doer, datetime.now(UTC))
    except UnknownSubscription as error:
        raise _unknown(which) from error


@router.post(
    "/{subscription_id}/secrets",
    status_code=201,
    summary="Rotate a webhook's secret",
    responses={201: {"description": "The new secret."}, **problems(401, 403, 404, 422, 503)},
)
def post_secret(
    which: Which, wanted: Rotation, caller: Caller, doer: Doer, parts: Parts
) -> RotatedSecret:
    """Make a new secret. Until the former ones end, messages carry a signature by each."""
    secret, now = _secret(wanted.secret), datetime.now(UTC)
    try:
        end = subscriptions.rotate(
            parts.store, which, _owner(caller), secret, wanted.overlap_s, doer, now
        )
    except UnknownSubscription as error:
        raise _unknown(which) from error
    return RotatedSecret(secret=secret, former_until=end)


@router.post(
    "/{subscription_id}/replay",
    status_code=202,
    summary="Send events again",
    responses={202: {"description": "It will be sent."}, **problems(401, 403, 404, 422, 503)},
)
def post_replay(which: Which, wanted: Replay, caller: Caller, doer: Doer, parts: Parts) -> Replayed:
    """Send all from an event's number, or from a time, again: ids and bodies are as before."""
    now = datetime.now(UTC)
    try:
        subscriptions.find(parts.store, which, _owner(caller))
        return delivery_log.replay(parts.store, which, wanted, doer, now)
    except UnknownSubscription as error:
        raise _unknown(which) from error


@router.get(
    "/{subscription_id}/deliveries",
    summary="Read what came of each message",
    responses=problems(401, 403, 404, 422, 503),
)
def get_deliveries(
    which: Which,
    caller: Caller,
    parts: Parts,
    state: Annotated[DeliveryState | None, Query(description="Only these.")] = None,
    case_id: Annotated[
        int | None, Query(ge=1, le=_MAX_ID, description="Only of this case.")
    ] = None,
    cursor: Annotated[
        int | None, Query(ge=1, le=_MAX_ID, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Messages a page.")] = 20,
) -> DeliveryPage:
    """Messages with every try, newest event first. Settled ones are kept for 30 days."""
    try:
        subscriptions.find(parts.store, which, _owner(caller))
    except UnknownSubscription as error:
        raise _unknown(which) from error
    return delivery_log.log_of(parts.store, which, state, case_id, cursor, limit)


@router.post(
    "/{subscription_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    summary="Send one message again",
    responses={202: {"description": "It will be sent."}, **problems(401, 403, 404, 422, 503)},
)
def post_one_replay(
    which: Which,
    delivery_id: Annotated[int, Path(ge=1, le=_MAX_ID, description="The delivery's `id`.")],
    caller: Caller,
    doer: Doer,
    parts: Parts,
) -> Delivery:
    """Send it anew, whatever came of it before; one that waits is sent at once. Its id and body are
    as before, so the receiver knows a repeat."""
    try:
        subscriptions.find(parts.store, which, _owner(caller))
        return delivery_log.replay_one(parts.store, which, delivery_id, doer, datetime.now(UTC))
    except UnknownSubscription as error:
        raise _unknown(which) from error
    except UnknownDelivery as error:
        zh = "没有这条推送记录（送达 30 天后清除）"
        raise Problem(404, "unknown-delivery", str(error), detail_zh=zh) from error


def _check_types(types: Sequence[str]) -> None:
    known = f"no such event happens; known are: {', '.join(EVENTS)}"
    wrong = [(f"types.{at}", known) for at, one in enumerate(types) if one not in EVENTS]
    if wrong:
        raise invalid("it would wait for ever", *wrong)


def _check(url: str, parts: Parts) -> None:
    try:
        check_url(url, Reach.of(parts.settings.outward_networks))
    except AddressRefused as error:
        raise invalid("the address may not be called", ("url", str(error))) from error


def _secret(given: str | None) -> str:
    if given is None:
        return signing.new_secret()
    try:
        signing.key_of(given)
    except ValueError as error:
        raise invalid("the secret cannot be used", ("secret", str(error))) from error
    return given
