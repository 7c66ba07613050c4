"""The description of what programs can do, for whoever is signed in: in OpenAPI, and as a page."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from config.api import api

Described = dict[str, Any]
NUMBERS = {"minimum": "from", "maximum": "to", "maxLength": "characters at most:", "default": "otherwise"}


@cache
def described() -> Described:
    """Return the description in OpenAPI."""
    return dict(api.get_openapi_schema())


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    """Send the description, for tools that read OpenAPI."""
    return JsonResponse(described())


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show the operations, what they take and what they answer."""
    shapes = described()["components"]["schemas"]
    context = {"groups": groups(), "shapes": [shape(name, shapes[name]) for name in sorted(shapes)]}
    return render(request, "config/api.html", context)


def groups() -> list[tuple[str, list[Described]]]:
    """Return each group with its operations as the page tells them."""
    found: dict[str, list[Described]] = {}
    for path, methods in described()["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(told(method.upper(), path, operation))
    return list(found.items())


def told(method: str, path: str, operation: Described) -> Described:
    sent = [
        {"name": each["name"], "is_required": each.get("required", False), **kind(each["schema"])}
        for each in operation.get("parameters", ())
    ]
    taken = operation.get("requestBody", {}).get("content", {})
    for content in taken.values():
        if "properties" in content["schema"]:
            sent += fields(content["schema"])
    bodies = [kind(content["schema"]) for content in taken.values() if "$ref" in content["schema"]]
    answers = {int(code): answer for code, answer in operation["responses"].items()}
    status = min(answers)
    return {
        "method": method,
        "path": path,
        "title": operation["summary"],
        "text": spoken(operation["description"]),
        "sent": sent,
        "body": bodies[0] if bodies else None,
        "form": "multipart/form-data" in taken,
        "status": status,
        "answer": kind(answers[status].get("content", {}).get("application/json", {}).get("schema", {})),
    }


def shape(name: str, schema: Described) -> Described:
    return {"name": name, "text": spoken(schema.get("description", "")), "fields": fields(schema)}


def spoken(text: str) -> SafeString:
    """Return a docstring as a page has it: what stands between two backquotes is code."""
    parts = text.split("``")
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in enumerate(parts))
    )


def fields(schema: Described) -> list[Described]:
    required = schema.get("required", ())
    return [
        {"name": name, "is_required": name in required, "text": spoken(each.get("description", "")), **kind(each)}
        for name, each in schema.get("properties", {}).items()
    ]


def kind(schema: Described) -> Described:
    """Return in words what a value is, and the shape that it has, where that is one of ours."""
    if "$ref" in schema:
        return {"kind": "", "shape": schema["$ref"].rpartition("/")[2], "limits": ""}
    if "anyOf" in schema:
        first, *others = (kind(each) for each in schema["anyOf"])
        words = " or ".join(filter(None, [first["kind"], *(each["kind"] or each["shape"] for each in others)]))
        return {"kind": words, "shape": first["shape"], "limits": ""}
    if schema.get("type") == "array":
        inner = kind(schema["items"])
        return {"kind": f"list of {inner['kind']}".strip(), "shape": inner["shape"], "limits": ""}
    words = ", ".join(schema["enum"]) if "enum" in schema else schema.get("format") or schema.get("type", "")
    limits = [f"{word} {schema[name]}" for name, word in NUMBERS.items() if schema.get(name) not in (None, "")]
    return {"kind": words, "shape": "", "limits": ", ".join(limits)}
