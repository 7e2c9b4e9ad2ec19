"""What each action takes with it. Unknown fields are refused; texts that must say something do."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from api.clocks.config import LimitModel
from api.schema.base import Name, Sha256, Text, Wire

Said = Annotated[
    Text, StringConstraints(strip_whitespace=True), Field(min_length=1, max_length=500)
]
"""Words that must be there."""
Named = Annotated[
    Name, StringConstraints(strip_whitespace=True), Field(min_length=1, max_length=80)
]


class Fields(Wire):
    """What every action may take: a note, and who does it where the key does not tell."""

    note: Annotated[Text, StringConstraints(strip_whitespace=True), Field(max_length=500)] = ""
    by: Annotated[Name, Field(max_length=80)] = ""


class Reasoned(Fields):
    """An action that must say why."""

    reason: Said


class Void(Reasoned):
    """作废: why, and as which of the reasons that the page offers."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")] | None = None


class Register(Fields):
    """立案, and 变更立案条件: under which filing condition, `kind.id`; None leaves it as it is."""

    standard: Annotated[Name, Field(min_length=3, max_length=80)] | None = None


class SetStandard(Reasoned):
    """变更立案条件: another condition, `kind.id` of the newest catalogue."""

    standard: Annotated[Name, Field(min_length=3, max_length=80)]


class Dispatch(Fields):
    """派遣: which department is to deal with it."""

    department: Named


class Assign(Fields):
    """指派: whose hands."""

    handler: Named


class Finish(Fields):
    """处置完成: what was done, and pictures of it (SHA-256 of files already sent)."""

    opinion: Said
    pictures: Annotated[tuple[Sha256, ...], Field(max_length=16)] = ()


class Check(Fields):
    """核查: what was seen, and pictures of it."""

    opinion: Annotated[Text, Field(max_length=500)] = ""
    pictures: Annotated[tuple[Sha256, ...], Field(max_length=16)] = ()


class AskPostpone(Reasoned):
    """延期申请: how much longer."""

    limit: LimitModel


class SuspendGround(StrEnum):
    """Why a case is shelved."""

    SEASONAL = "seasonal"
    ENGINEERING = "engineering"
    OWNERLESS = "ownerless"
    OTHER = "other"


class AskSuspend(Reasoned):
    """挂账申请: on what ground, and until when it is expected to rest."""

    ground: SuspendGround
    until: date | None = None


class HandOver(Reasoned):
    """移交: to which authority; the receipt's number is given by the system."""

    agency: Named


class Sign(Fields):
    """签收: the receipt's number, where an authority outside the district signs."""

    receipt: Annotated[Name, Field(max_length=80)] = ""


class TakeIn(Fields):
    """接收移送: who sent it, and under which number."""

    agency: Named
    document: Named


class ToPenalty(Fields):
    """转行政处罚: the authority that opens the penalty file, and its number once there is one."""

    agency: Named
    penalty_file: Annotated[Name, Field(max_length=80)] = ""


class NumberPenalty(Fields):
    """登记处罚案号: the number of a penalty file that had none when the case was passed on."""

    penalty_file: Named
