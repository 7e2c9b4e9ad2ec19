"""What an eGova (数字政通) platform sends us, and what it is answered.

Shapes as deployed platforms have them: `{action, senderCode, uid, data}`. What a platform sends
beyond the fields that are read here is let be.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.schema.base import Name, Text, Wire


class EgovaAction(StrEnum):
    """What may be sent."""

    DISPOSE_FEEDBACK = "DISPOSE_FEEDBACK"
    """处置反馈: the department says that it is done."""
    SIGN = "SIGN"
    """签收."""
    APPLY_ROLLBACK = "APPLY_ROLLBACK"
    """回退申请."""
    APPLY_POSTPONE = "APPLY_POSTPONE"
    """延期申请."""
    APPLY_CANCEL = "APPLY_CANCEL"
    """作废申请."""
    GET_REC_INFO = "GET_REC_INFO"
    """How the case stands."""
    GET_REC_PROCESS_INFO = "GET_REC_PROCESS_INFO"
    """What was done to it."""


class _Taken(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class EgovaMedia(_Taken):
    """A picture in base64; a link (`mediaPath`) is kept as words of the opinion."""

    mediaName: Annotated[Name, Field(max_length=200)] = ""  # noqa: N815 (the platform's names)
    content: Annotated[str | None, Field(max_length=16_000_000)] = None
    mediaPath: Annotated[Name | None, Field(max_length=2000)] = None  # noqa: N815
    mediaUsage: Annotated[Name, Field(max_length=32)] = "处置"  # noqa: N815


class EgovaData(_Taken):
    """Of which case, and what is said."""

    caseId: Annotated[Name, Field(min_length=1, max_length=64)]  # noqa: N815
    disposeOpinion: Annotated[Text, Field(max_length=400)] = ""  # noqa: N815
    applyOpinion: Annotated[Text, Field(max_length=400)] = ""  # noqa: N815
    postponeHours: Annotated[float | None, Field(gt=0, le=1000)] = None  # noqa: N815
    postponeDays: Annotated[float | None, Field(gt=0, le=1000)] = None  # noqa: N815
    medias: Annotated[tuple[EgovaMedia, ...], Field(max_length=16)] = ()


class EgovaMessage(_Taken):
    """An action; the same `uid` from the same sender is answered as it was the first time."""

    action: EgovaAction
    senderCode: Annotated[Name, Field(min_length=1, max_length=80)]  # noqa: N815
    uid: Annotated[Name, Field(min_length=1, max_length=120)]
    data: EgovaData


class EgovaAnswer(Wire):
    """What becomes of an action: `code` 200 when it is done, else why it is not."""

    code: int
    success: bool
    message: str
    data: dict[str, Any]
