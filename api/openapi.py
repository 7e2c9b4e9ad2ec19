"""The API's description of itself."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api import schema
from api.examples import EXAMPLES
from api.problems import MEDIA_TYPE

_REF = "#/components/schemas/{model}"

_MEANING = {
    401: "A key is missing or wrong.",
    403: "The request comes from another site's page.",
    404: "There is no such thing.",
    409: "It contradicts what is already there.",
    412: "The case changed since the reader saw it.",
    413: "The body, or a file in it, is too large.",
    415: "The body is of a media type that is not taken here.",
    416: "The range is outside the file.",
    422: "Fields are wrong; `errors` names each.",
    503: "The store is away for the moment; nothing was changed, try again.",
}

_ABOUT = """\
Violations in, cases out.

Workers report what they see with their key; readers list cases and follow them live; operators
confirm or dismiss them. Every error is an RFC 9457 problem (`application/problem+json`), whose
`errors` names the wrong fields. Times are RFC 3339, answered in UTC.
"""

TAGS = [
    {"name": "workers", "description": "What workers send. Needs a worker's key."},
    {"name": "cases", "description": "Cases, and what operators say of them."},
    {"name": "evidence", "description": "Pictures and clips."},
    {"name": "alerts", "description": "Cases as they happen."},
    {"name": "watching", "description": "Who watches for what, and how they fare."},
    {"name": "session", "description": "Sessions for the operators' page."},
]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these errors."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {status: {"description": _MEANING[status], "content": content} for status in statuses}


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
                (schema.Problem, "serialization"),
            ],
            ref_template=_REF,
        )
        document["components"]["schemas"] = extra["$defs"] | document["components"]["schemas"]
        for name, example in EXAMPLES.items():
            document["components"]["schemas"][name]["examples"] = [example]
        app.openapi_schema = document
    return app.openapi_schema
