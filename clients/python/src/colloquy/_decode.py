"""From JSON to the dataclasses of `models` and `frames`. Unknown fields are left out; absent ones take their default."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, Union, cast

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def decode(kind: type[T], value: Any) -> T:
    """Raises KeyError, TypeError or ValueError for what is not of this shape."""
    return cast(T, _decoder(cast(Any, kind))(value))


def encode(value: Any) -> Any:
    """The way back, to what `json.dumps` takes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time needs its time zone")
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, list):
        return [encode(inner) for inner in value]
    if isinstance(value, dict):
        return {key: encode(inner) for key, inner in value.items()}
    return value


def moment(text: str) -> datetime:
    """RFC 3339. Python 3.10 knows neither `Z` nor more than six digits of a second."""
    if text.endswith(("Z", "z")):
        text = text[:-1] + "+00:00"
    head, dot, rest = text.partition(".")
    if dot:
        digits = len(rest) - len(rest.lstrip("0123456789"))
        text = f"{head}.{rest[:digits][:6]:0<6}{rest[digits:]}"
    return datetime.fromisoformat(text)


@functools.cache
def _decoder(kind: Any) -> Decoder:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        return _optional([one for one in arguments if one is not type(None)])
    if origin is list:
        return _list(_decoder(arguments[0]))
    if origin is dict:
        return _dict(_decoder(arguments[1]))
    if kind is datetime:
        return moment
    if dataclasses.is_dataclass(kind):
        return _object(cast(type, kind))
    return _same


def _same(value: Any) -> Any:
    return value


def _optional(kinds: list[Any]) -> Decoder:
    """Of several objects the first that fits."""
    decoders = [_decoder(kind) for kind in kinds]

    def read(value: Any) -> Any:
        if value is None:
            return None
        for decoder in decoders[:-1]:
            try:
                return decoder(value)
            except (KeyError, TypeError, ValueError):
                continue
        return decoders[-1](value)

    return read


def _list(inner: Decoder) -> Decoder:
    return _same if inner is _same else lambda value: [inner(one) for one in value]


def _dict(inner: Decoder) -> Decoder:
    return _same if inner is _same else lambda value: {key: inner(one) for key, one in value.items()}


def _object(kind: type) -> Decoder:
    """Types are looked up at the first use, since classes may refer to later ones and to themselves."""

    @functools.cache
    def plan() -> list[tuple[str, Decoder, bool]]:
        hints = typing.get_type_hints(kind)
        return [
            (field.name, _decoder(hints[field.name]), field.default is dataclasses.MISSING)
            for field in dataclasses.fields(kind)
            if field.init and field.default_factory is dataclasses.MISSING
        ]

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"{kind.__name__} is an object")
        given = {}
        for name, decoder, required in plan():
            if name in value:
                given[name] = decoder(value[name])
            elif required:
                raise KeyError(name)
        return kind(**given)

    return read
