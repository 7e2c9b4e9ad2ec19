"""The words that everything on the wire is made of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError


def _in_utc(value: datetime) -> datetime:
    """The same moment in UTC, so that one moment has one spelling wherever it is kept."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time is outside the years 1 to 9999 once it is in UTC") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with an offset; becomes UTC."""

# No store takes a NUL, and a name with a line break would forge lines in logs and lists.
Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Wire(BaseModel):
    """Base of everything on the wire: closed and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def refuse(document: Wire, wrong: Mapping[str, str | None]) -> None:
    """End a check of a whole document; what it finds belongs to fields all the same.

    A plain ValueError would blame the document, and could name one fault alone.

    Args:
        document: the document that is checked.
        wrong: field to what is wrong with it, or None.

    Raises:
        ValidationError: something is wrong.
    """
    faults = [
        InitErrorDetails(
            type=PydanticCustomError("impossible", "{what}", {"what": what}),
            loc=(name,),
            input=getattr(document, name),
        )
        for name, what in wrong.items()
        if what is not None
    ]
    if faults:
        raise ValidationError.from_exception_data(type(document).__name__, faults)
