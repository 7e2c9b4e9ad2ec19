"""The API's description of itself."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api import schema
from api.examples import EXAMPLES
from api.life.machine import RULES
from api.problems import MEDIA_TYPE
from api.schema import open311
from api.schema.camera_alerts import CameraAlert
from api.schema.intake import Ticket
from api.schema.line import Answer
from api.schema.subscriptions import CaseEvent

_REF = "#/components/schemas/{model}"

_MEANING = {
    401: "A key is missing or wrong.",
    403: "The caller may not do this, or the request comes from another site's page.",
    404: "There is no such thing.",
    410: "Its time is over.",
    409: "It contradicts what is already there.",
    412: "The case changed since the reader saw it.",
    413: "The body, or a file in it, is too large.",
    415: "The body is of a media type that is not taken here.",
    428: "It needs a condition: the version that the writer saw.",
    416: "The range is outside the file.",
    422: "Fields are wrong; `errors` names each.",
    429: "Too many failed tries; Retry-After says when to come back.",
    503: "The store is away for the moment; nothing was changed, try again.",
}

_ABOUT = """\
Violations in, cases out.

Workers report what they see with their key; readers list cases and follow them live; operators
confirm or dismiss them. Every error is an RFC 9457 problem (`application/problem+json`), whose
`errors` names the wrong fields. Times are RFC 3339, answered in UTC.

Send a key as `Authorization: Bearer KEY`. Workers' keys are those of the server's
`FIVE_CHIEF_WORKER_KEYS`, the operator's is its `FIVE_CHIEF_OPERATOR_KEY`; browsers trade the
latter for a session at `POST /v1/login`. A server without an
operator's key answers readers and operators on its own machine without one.

Report a violation, with a picture `street.jpg` of 1920x1080 pixels; a new one answers 201, the
same again 200:

```sh
SHA256=$(sha256sum street.jpg | cut -d " " -f 1)
NOW=$(date -u +%Y-%m-%dT%H:%M:%SZ)
curl http://127.0.0.1:8000/v1/reports -H "Authorization: Bearer $KEY" \\
  -F "files=@street.jpg;filename=$SHA256" -F "report=<-;type=application/json" <<JSON
{
  "violation_id": "$(python3 -c "import uuid; print(uuid.uuid4())")",
  "kind": "litter", "label": "garbage_bag", "rule": "kerb-litter", "model": "litter@1",
  "place": {"camera_id": "gate-3"},
  "first_seen": "$NOW", "confirmed_at": "$NOW", "last_seen": "$NOW", "clock": "arrival",
  "score": 0.71, "looks": 5, "hits": 4,
  "box": {"x0": 812, "y0": 540, "x1": 964, "y1": 633},
  "frame_width": 1920, "frame_height": 1080,
  "evidence": [{
    "sha256": "$SHA256", "role": "snapshot", "media_type": "image/jpeg",
    "size": $(wc -c < street.jpg), "captured_at": "$NOW"
  }]
}
JSON
```

Read the newest cases, with any key:

```sh
curl "http://127.0.0.1:8000/v1/cases?limit=20" -H "Authorization: Bearer $KEY"
```
"""

TAGS = [
    {"name": "workers", "description": "What workers send. Needs a worker's key."},
    {"name": "intake", "description": "What others tell of: tickets, vendors' alarms, callers."},
    {"name": "cases", "description": "Cases, and what operators say of them."},
    {"name": "life", "description": "What is done to a case, by whom, from report to closing."},
    {"name": "chiefs", "description": "Who is in charge where: chiefs, shops, owners."},
    {"name": "evidence", "description": "Pictures and clips."},
    {"name": "alerts", "description": "Cases as they happen."},
    {"name": "subscriptions", "description": "Who is told of cases, and what came of it."},
    {"name": "open311", "description": "Open311 GeoReport v2, for clients that speak it."},
    {"name": "figures", "description": "Figures of a time, and what the map shows."},
    {"name": "watching", "description": "Who watches for what, and how they fare."},
    {"name": "cameras", "description": "Cameras: configuration, current pictures, live view."},
    {"name": "line", "description": "The line to the workers."},
    {"name": "session", "description": "Signing in and out, on the page."},
    {"name": "people", "description": "Accounts, keys and the audit, for administrators."},
]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these errors."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {status: {"description": _MEANING[status], "content": content} for status in statuses}


FIELDS = tuple(dict.fromkeys(rule.takes for rule in RULES))
"""What the actions on a case take."""


def any_action() -> dict[str, Any]:
    """The `openapi_extra` of a route whose body depends on the action in its path."""
    options = [{"$ref": _REF.format(model=model.__name__)} for model in FIELDS]
    return {"requestBody": {"content": {"application/json": {"schema": {"anyOf": options}}}}}


def multipart_of(name: str, model: str, *, json_too: bool = False) -> dict[str, Any]:
    """The `openapi_extra` of a route whose body is a document and files beside it."""
    document = {"$ref": _REF.format(model=model)}
    content: dict[str, Any] = {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [name],
                "properties": {
                    name: document,
                    "files": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "description": "Each file's name is its SHA-256, in lower-case hex; an "
                        "extension may follow.",
                    },
                },
            },
            "encoding": {name: {"contentType": "application/json"}},
        }
    }
    if json_too:
        content["application/json"] = {"schema": document}
    return {"requestBody": {"required": True, "content": content}}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=_ABOUT,
            routes=app.routes,
            tags=TAGS,
        )
        # These reach routes by other ways than FastAPI's own, which so does not know of them.
        _, extra = models_json_schema(
            [
                (schema.Report, "validation"),
                (schema.Sighting, "validation"),
                (Answer, "validation"),
                (CameraAlert, "validation"),
                (Ticket, "validation"),
                (schema.Problem, "serialization"),
                (CaseEvent, "serialization"),
                *((model, "serialization") for model in open311.ALL),
                *((model, "validation") for model in FIELDS),
            ],
            ref_template=_REF,
        )
        document["components"]["schemas"] = extra["$defs"] | document["components"]["schemas"]
        _without_422(document)
        for name, example in EXAMPLES.items():
            document["components"]["schemas"][name]["examples"] = [example]
        app.openapi_schema = document
    return app.openapi_schema


def _without_422(document: dict[str, Any]) -> None:
    """Take out what FastAPI adds by itself: Open311 says 400, every other route says problems."""
    for path, methods in document["paths"].items():
        if path.startswith("/open311/"):
            for operation in methods.values():
                operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
