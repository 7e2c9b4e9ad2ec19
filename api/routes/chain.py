"""The manifests that seal evidence, and the head of their chain."""

import json
from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import READERS, VIEWERS, requires
from api.openapi import problems
from api.problems import Problem
from api.schema.chain import ChainHead, ManifestLink, Manifests
from api.schema.people import Role
from api.services import Parts
from api.store.chain import head, manifests

router = APIRouter(prefix="/v1", tags=["evidence"])


@router.get(
    "/evidence-chain/head",
    summary="Note the head of the evidence chain",
    dependencies=[requires(*VIEWERS, Role.ADMIN)],
    responses=problems(401, 403, 503),
)
def get_head(parts: Parts) -> ChainHead:
    """The newest link. `five-chief verify --head NUMBER:HASH` proves later that it still stands."""
    newest = head(parts.store)
    return ChainHead(number=newest.number, hash=newest.hash)


@router.get(
    "/cases/{case_id}/manifests",
    summary="Read what seals a case's evidence",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_manifests(case_id: Annotated[int, Path(ge=1, le=2**63 - 1)], parts: Parts) -> Manifests:
    """Files with their hashes, capture times and clock, box, model and rule, link by link."""
    found = manifests(parts.store, case_id)
    if not found:
        raise Problem(404, "unknown-case", f"there is no case {case_id}")
    return Manifests(
        items=tuple(
            ManifestLink(
                number=row.number,
                previous=row.previous,
                hash=row.hash,
                sealed_at=row.sealed_at,
                text=row.manifest,
                manifest=json.loads(row.manifest),
            )
            for row in found
        )
    )
