"""Why a worker reports what it reports: its reasons, its second look, what it asks of people."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field, JsonValue

from api.schema.base import Name, Share, Text, Wire
from api.schema.places import Crs, absent

MOST_DATA_BYTES = 16 * 1024
"""Of the data beside a sentence: reasons, not records."""


def _modest(data: dict[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(data, allow_nan=False, ensure_ascii=False)
    except ValueError as error:
        raise ValueError("holds a number that JSON has not (NaN, Infinity)") from error
    if "\\u0000" in text:
        raise ValueError("holds a NUL character, which no store takes")
    if len(text.encode("utf-8", "surrogatepass")) > MOST_DATA_BYTES:
        raise ValueError(f"is larger than {MOST_DATA_BYTES} bytes of JSON")
    return data


Data = Annotated[dict[str, JsonValue], AfterValidator(_modest)]
"""A JSON object of at most `MOST_DATA_BYTES`."""
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""A word that programs go by, such as `shopfront`."""
Sentence = Annotated[Text, Field(max_length=500)]
ComponentCode = Annotated[str, Field(pattern=r"^[0-9]{16,19}$")]
"""The surveyed number of a 部件: 16 digits, or the 19 of Sichuan's covers."""
Severity = Annotated[str, Field(pattern=r"^[ABC]$")]
"""Grades of the standards: A 紧急, B 重大, C 一般."""


class Explanation(Wire):
    """Why it fired: as data (looks, scores, dwell, versions), and as a sentence."""

    data: Annotated[Data, Field(default_factory=dict)]
    text_zh: Sentence = ""
    text_en: Sentence = ""


class SecondLook(Wire):
    """What the closer look said before it was reported. `passes` is null where it cannot tell.

    `by` names who looked: the detector at full resolution, a verifier, a vision-language model.
    """

    passes: bool | None
    score: Annotated[Share | None, Field(exclude_if=absent)] = None
    label: Annotated[Name | None, Field(max_length=64, exclude_if=absent)] = None
    by: Annotated[Name, Field(max_length=128)] = ""
    text_zh: Sentence = ""
    text_en: Sentence = ""
    evidence: Annotated[Data, Field(default_factory=dict)]


class GroundPoint(Wire):
    """Where the thing itself lies, where its camera is calibrated."""

    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    crs: Crs
