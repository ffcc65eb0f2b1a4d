"""From JSON Schema, as openapi.yaml and asyncapi.yaml use it, to the source of frozen dataclasses.

Knows nothing of operations or frames. A schema that it cannot express is an error, never a silent `Any`.
"""

from __future__ import annotations

import keyword
import textwrap
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

PRIMITIVES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


#: Not to be seen where an object is printed.
SECRETS = {"access_token", "refresh_token", "ticket", "token", "api_key", "key"}


class Unsupported(Exception):
    """A schema says something that has no counterpart here."""


@dataclass
class Field:
    name: str
    type: str
    required: bool
    nullable: bool
    description: str = ""

    def source(self) -> str:
        """As a line of a dataclass. What may be absent may be null too: the server writes absent values as null."""
        annotation = self.type
        if annotation != "Any" and (self.nullable or not self.required):
            annotation += " | None"
        default = "" if self.required else " = None"
        if self.name in SECRETS:
            default = " = field(repr=False)" if self.required else " = field(default=None, repr=False)"
        return f"    {self.name}: {annotation}{default}"


def resolve(schema: Schema, names: str = "#/components/schemas/") -> str | None:
    """The name that a schema refers to, also through the `allOf` with a description beside it."""
    reference = schema.get("$ref")
    if reference is None:
        parts = [part for part in schema.get("allOf", []) if set(part) != {"description"}]
        if len(parts) == 1:
            return resolve(parts[0], names)
        return None
    if not reference.startswith(names):
        raise Unsupported(reference)
    return str(reference[len(names) :])


def annotation(schema: Schema) -> tuple[str, bool]:
    """The Python type, and whether null is among its values."""
    name = resolve(schema)
    if name is not None:
        return name, bool(schema.get("nullable"))
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return _union([annotation(part) for part in schema[union]])
    kind = schema.get("type")
    if isinstance(kind, list):
        return _union([annotation({**schema, "type": one}) for one in kind])
    nullable = bool(schema.get("nullable")) or kind == "null"
    # `enum` and `const` are left aside: added values must not break a client.
    if kind == "array":
        inner, null = annotation(schema.get("items", {}))
        return f"list[{inner}{' | None' if null else ''}]", nullable
    if kind == "object" or (kind is None and "properties" in schema):
        return _mapping(schema), nullable
    if kind == "string" and schema.get("format") == "date-time":
        return "datetime", nullable
    if kind in PRIMITIVES:
        return PRIMITIVES[kind], nullable
    if kind is None:
        return "Any", False
    raise Unsupported(str(schema))


def _mapping(schema: Schema) -> str:
    values = schema.get("additionalProperties", True)
    if isinstance(values, dict) and values:
        inner, null = annotation(values)
        return f"dict[str, {inner}{' | None' if null else ''}]"
    return "dict[str, Any]"


def _union(members: list[tuple[str, bool]]) -> tuple[str, bool]:
    nullable = any(null or name == "None" for name, null in members)
    names = list(dict.fromkeys(name for name, _ in members if name != "None"))
    return (names[0] if len(names) == 1 else " | ".join(names)), nullable


def fields(schema: Schema) -> list[Field]:
    required = set(schema.get("required", []))
    found = []
    for name, inner in schema.get("properties", {}).items():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise Unsupported(f"a property called {name}")
        kind, nullable = annotation(inner)
        if "default" in inner and inner["default"] is None:
            nullable = True
        text = inner.get("description", "")
        found.append(Field(name, kind, name in required, nullable, text))
    return found


def dataclass_source(name: str, members: list[Field], description: str = "", base: str = "") -> str:
    head = f"class {name}({base}):" if base else f"class {name}:"
    lines = ["@dataclass(frozen=True, slots=True, kw_only=True)", head]
    if description:
        lines += [docstring(description), ""]
    lines += [line for member in members for line in _described(member)]
    if not members and not description:
        lines.append("    pass")
    return "\n".join(lines) + "\n"


def _described(member: Field) -> list[str]:
    if not member.description:
        return [member.source()]
    return [member.source(), docstring(member.description)]


def docstring(text: str) -> str:
    lines = textwrap.wrap(sentence(text), 116, break_long_words=False)
    if len(lines) == 1:
        return f'    """{sentence(text)}"""'
    return "\n".join([f'    """{lines[0]}', *(f"    {line}" for line in lines[1:]), '    """'])


def sentence(text: str) -> str:
    text = " ".join(text.split()).replace("\\", "\\\\").replace('"""', "'''")
    text = text if text.endswith((".", "!", "?", ":")) else text + "."
    return text + " " if text.endswith('"') else text


def snake(name: str) -> str:
    out = ""
    for letter in name:
        out += f"_{letter.lower()}" if letter.isupper() and out else letter.lower()
    return out
