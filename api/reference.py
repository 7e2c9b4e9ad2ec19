"""The API's description as a page to read: plain HTML from the OpenAPI document.

The usual viewers are scripts fetched from elsewhere; this one works where there is no internet.
"""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

STYLE = """\
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
h3 code { font-size: 1rem; }
pre { overflow-x: auto; padding: .75rem; background: color-mix(in srgb, currentColor 7%, Canvas); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
tr + tr { border-top: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
"""


def render(document: dict[str, Any]) -> str:
    """The whole page."""
    info = document["info"]
    return "\n".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(info['title'])}: API</title>",
            '<link rel="icon" href="/shift/icon.svg">',
            '<link rel="stylesheet" href="/docs/style.css">',
            f"<h1>{escape(info['title'])}: API {escape(info['version'])}</h1>",
            _text(info["description"]),
            '<p>For programs: <a href="/v1/openapi.json">OpenAPI</a>.',
            *_operations(document),
            "<section><h2>Schemas</h2></section>",
            *_schemas(document["components"]["schemas"]),
        ]
    )


def _operations(document: dict[str, Any]) -> Iterator[str]:
    for tag in document["tags"]:
        yield f"<section><h2>{escape(tag['name'])}</h2>{_text(tag['description'])}</section>"
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(method, path, operation)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<section id="{escape(operation["operationId"])}">'
    yield f"<h3><code>{method.upper()} {escape(path)}</code> {escape(operation['summary'])}</h3>"
    yield _text(operation["description"])
    keys = [name for scheme in operation.get("security", []) for name in scheme]
    if keys:
        yield f"<p>Needs: {' or '.join(escape(key) for key in keys)}."
    parameters = operation.get("parameters", [])
    if parameters:
        yield _table(
            (f"{p['name']} ({p['in']})", _kind(p["schema"]), _inline(p.get("description", "")))
            for p in parameters
        )
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body, <code>{escape(media_type)}</code>: {_kind(content['schema'])}"
    yield _table(
        (status, _answer(response), _inline(response["description"]))
        for status, response in operation["responses"].items()
    )
    yield "</section>"


def _answer(response: dict[str, Any]) -> str:
    schemas = [content.get("schema", {}) for content in response.get("content", {}).values()]
    return ", ".join(dict.fromkeys(_kind(schema) for schema in schemas))


def _schemas(schemas: dict[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        yield f'<section id="{escape(name)}"><h3>{escape(name)}</h3>'
        yield _text(schema.get("description", ""))
        if "enum" in schema:
            yield f"<p>{_kind(schema)}"
        required = schema.get("required", [])
        if "properties" in schema:
            yield _table(
                (field, _kind(kind), "" if field in required else "optional")
                for field, kind in schema["properties"].items()
            )
        for example in schema.get("examples", []):
            text = json.dumps(example, ensure_ascii=False, indent=2)
            yield f"<details><summary>Example</summary><pre>{escape(text)}</pre></details>"
        yield "</section>"


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to those that have a name."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " | ".join(
            f"<code>{escape(json.dumps(v, ensure_ascii=False))}</code>" for v in values
        )
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if schema.get("type") == "object" and "properties" in schema:
        return "; ".join(f"{escape(k)}: {_kind(v)}" for k, v in schema["properties"].items())
    words = [schema.get("format") or schema.get("type", "any")]
    words += [
        f"{sign} {schema[key]}"
        for key, sign in (("minimum", "≥"), ("maximum", "≤"), ("exclusiveMinimum", ">"))
        if key in schema
    ]
    if "maxLength" in schema:
        words.append(f"up to {schema['maxLength']} characters")
    return escape(", ".join(words))


def _table(rows: Iterator[tuple[str, str, str]]) -> str:
    lines = [
        f"<tr><th><code>{escape(first)}</code><td>{second}<td>{third}"
        for first, second, third in rows
    ]
    return f"<table>{''.join(lines)}</table>"


def _text(text: str) -> str:
    return "".join(_part(part.strip("\n")) for part in text.split("\n\n") if part.strip())


def _part(text: str) -> str:
    """A paragraph, or a fenced block of code; blank lines end both."""
    code = re.fullmatch(r"```\w*\n(.*)\n```", text, re.DOTALL)
    return f"<pre>{escape(code[1])}</pre>" if code else f"<p>{_inline(text)}</p>"


def _inline(text: str) -> str:
    """A line, with `code` as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
