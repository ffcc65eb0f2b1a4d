"""From asyncapi.yaml to the classes of what a channel's listeners hear, and to the overloads that name them.

A frame that reaches listeners is a schema with a constant `type` and a `channel`. Two schemas of one type become one class: what
only one of them demands may be absent. What a `oneOf` of objects has in common becomes one object.
"""

from __future__ import annotations

import copy
from typing import Any

from schemas import Field, Schema, dataclass_source, fields

NAMES = "#/components/schemas/"
#: Answers to a subscription: the channel deals with them itself.
OWN = {"replay_complete"}

HEAD = '''"""What a channel's listeners hear. Generated from asyncapi.yaml by scripts/generate.py: do not edit.

What the server adds one day is found in `raw`. An event without `seq` is not kept: it is told once, or never.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._frame import KINDS, ChannelState, Frame, Greeting, Reset

'''

TYPED = '''"""`on` and `events` of a channel with the class of each type of frame. Generated: do not edit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar, overload

from . import frames
from ._emitter import Unsubscribe
from ._events import Events

F = TypeVar("F", bound=frames.Frame)
Listener = Callable[[F], None | Awaitable[None]]


class Typed:
    """What a type checker sees of a channel."""

    __slots__ = ()

{overloads}
    def on(self, type: str, listener: Callable[[Any], Any], /) -> Unsubscribe:
        """Calls the listener, plain or asynchronous, for every frame of this type until the returned function is called.

        Besides the types of frames: `event` (every numbered one), `frame` (every one), `greeting`, `reset`, `state`.
        """
        return self._on(type, listener)

    def events(self, *types: str) -> Events[Any]:
        """Frames as they come, in order, resumed by itself: `async for message in bot.events("chat_message")`.

        Without types: each numbered event, and `Reset`. Ends with `AccessLost` or `SignedOut`, quietly when the client is closed.
        """
        return self._events(types)

    def _on(self, type: str, listener: Callable[[Any], Any]) -> Unsubscribe:
        raise NotImplementedError

    def _events(self, types: tuple[str, ...]) -> Events[Any]:
        raise NotImplementedError
'''


class Frames:
    def __init__(self, document: Schema) -> None:
        self.schemas: dict[str, Schema] = copy.deepcopy(document["components"]["schemas"])
        self.needed: dict[str, list[Field]] = {}
        self.said: dict[str, str] = {}

    def kinds(self) -> dict[str, list[str]]:
        """From each type to the schemas that describe it."""
        found: dict[str, list[str]] = {}
        for name, schema in self.schemas.items():
            properties = schema.get("properties", {})
            kind = properties.get("type", {}).get("const")
            if kind is not None and kind not in OWN and self._is_event_channel(properties.get("channel", {})):
                found.setdefault(kind, []).append(name)
        return found

    @staticmethod
    def _is_event_channel(schema: Schema) -> bool:
        return str(schema.get("$ref", "")).endswith("/EventChannel")

    def frame(self, names: list[str]) -> list[Field]:
        members: dict[str, Field] = {}
        for name in names:
            inner = self.schemas[name]
            inner["properties"].pop("type")
            described = {member.name: member for member in fields(self.plain(inner, names[0]))}
            for member in [*members.values(), *described.values()]:
                known, told = members.get(member.name), described.get(member.name)
                both = (known is not None and told is not None) or name == names[0]
                chosen = known or told
                assert chosen is not None
                required = both and all(one is None or one.required for one in (known, told))
                members[member.name] = Field(chosen.name, chosen.type, required, chosen.nullable, chosen.description)
        return list(members.values())

    def plain(self, schema: Schema, owner: str) -> Schema:
        """With every reference either to an object, which becomes a class, or replaced by what it says."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(NAMES)
            target = self.schemas[name]
            if "properties" not in target:
                # What is said of an id or a time in general is not worth a line at each.
                return self.plain({key: said for key, said in target.items() if key != "description"}, owner)
            self._need(name, target)
            return schema
        if "oneOf" in schema:
            return self.plain(self._common(schema), owner)
        if "properties" in schema:
            properties = {key: self._named(inner, f"{owner}{key.title()}") for key, inner in schema["properties"].items()}
            return {**schema, "properties": properties}
        if "items" in schema:
            return {**schema, "items": self.plain(schema["items"], owner)}
        return schema

    def _named(self, schema: Schema, name: str) -> Schema:
        """An object inside an object gets the name of its place."""
        if "oneOf" in schema:
            schema = self._common(schema)
        if "properties" not in schema:
            return self.plain(schema, name)
        self._need(name, schema)
        return {"$ref": NAMES + name, "description": schema.get("description", "")}

    def _need(self, name: str, schema: Schema) -> None:
        if name not in self.needed:
            self.needed[name] = []
            self.needed[name] = fields(self.plain(schema, name))
            self.said[name] = schema.get("description", "")

    def _common(self, schema: Schema) -> Schema:
        parts = [self.schemas[part["$ref"].removeprefix(NAMES)] for part in schema["oneOf"]]
        common: dict[str, Any] = {}
        for key, inner in parts[0]["properties"].items():
            others = [part["properties"].get(key) for part in parts[1:]]
            if all(other == inner for other in others):
                common[key] = inner
            elif None not in others:
                # Alike in their type alone, such as constants and objects of different fields.
                common[key] = {"type": inner["type"]}
        required = [key for key in common if all(key in part["required"] for part in parts)]
        return {"type": "object", "properties": common, "required": required}


def modules(document: Schema) -> dict[str, str]:
    frames = Frames(document)
    kinds = frames.kinds()
    classes: dict[str, tuple[str, list[Field], str]] = {}
    for kind, names in kinds.items():
        told = frames.schemas[names[0]].get("description", "")
        classes[kind] = (names[0], frames.frame(names), told)
    parts = [dataclass_source(name, frames.needed[name], frames.said[name]) for name in sorted(frames.needed)]
    for name, members, told in classes.values():
        parts.append(dataclass_source(name, members, told, "Frame"))
    known = "\n".join(f'    "{kind}": {name},' for kind, (name, _, _) in classes.items())
    parts.append(f"KINDS.update({{\n{known}\n}})\n")
    shown = ["Frame", "Reset", "Greeting", "ChannelState"]
    everything = sorted([*shown, *frames.needed, *(name for name, _, _ in classes.values())])
    listed = ", ".join(f'"{name}"' for name in everything)
    parts.append(f"__all__ = [{listed}]\n")
    return {"frames.py": HEAD + "\n\n".join(parts), "_typed.py": typed(classes)}


def typed(classes: dict[str, tuple[str, list[Field], str]]) -> str:
    """The overloads; those for any other text come last."""
    kinds = {kind: f"frames.{name}" for kind, (name, _, _) in classes.items()}
    kinds |= {"reset": "frames.Reset", "greeting": "frames.Greeting", "state": "frames.ChannelState"}
    lines = []
    for kind, name in kinds.items():
        lines += ["    @overload"]
        lines += [f'    def on(self, type: Literal["{kind}"], listener: Listener[{name}], /) -> Unsubscribe: ...']
    lines += ["    @overload"]
    lines += ["    def on(self, type: str, listener: Listener[Any], /) -> Unsubscribe: ..."]
    body = "\n".join(lines)
    lines = []
    for kind, name in kinds.items():
        lines += ["    @overload", f'    def events(self, type: Literal["{kind}"], /) -> Events[{name}]: ...']
    lines += ["    @overload", "    def events(self, *types: str) -> Events[Any]: ..."]
    source = TYPED.replace("{overloads}", body)
    return source.replace(
        '    def events(self, *types: str) -> Events[Any]:\n        "',
        "\n".join(lines) + '\n    def events(self, *types: str) -> Events[Any]:\n        "',
    )
