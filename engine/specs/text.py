"""Specs as JSON, both ways, and the hashes made of that text."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from hashlib import sha256
from typing import Any, TypeVar

from engine.errors import EngineError

Spec = TypeVar("Spec")
_LATER = "later"


def to_json(spec: Any) -> str:
    """A spec as JSON with sorted keys and its type's name; the same spec gives the same text.

    A field that came later (`later`) is left out while it has its default, so that recipes keep
    the text, and runs the hash, that they had before the field was there.
    """
    content = {"type": type(spec).__name__, **_content(spec)}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str, kind: type[Spec]) -> Spec:
    """The spec of type `kind` written by `to_json`; EngineError where the text is another's."""
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise EngineError("The recipe is not readable; make it again.") from error
    if not isinstance(content, dict) or content.pop("type", kind.__name__) != kind.__name__:
        raise EngineError(f"The recipe is not one of kind {kind.__name__}; make it again.")
    return typing.cast(Spec, _build(kind, content))


def later(default: Any) -> Any:
    """A field added after specs were first written: absent in the text while at its default."""
    return dataclasses.field(default=default, metadata={_LATER: True})


def _content(spec: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in dataclasses.fields(spec):
        value = getattr(spec, one.name)
        if _LATER in one.metadata and value == one.default:
            continue
        found[one.name] = _content(value) if dataclasses.is_dataclass(value) else value
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of a recipe")


def spec_hash(*parts: str) -> str:
    """SHA-256 of the parts in order, as 64 hexadecimal digits."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part.encode())
    return digest.hexdigest()


def _build(kind: Any, content: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        known = {f.name for f in dataclasses.fields(kind)}
        if not isinstance(content, dict) or not set(content) <= known:
            raise EngineError("The recipe comes from another version of the program.")
        try:
            return kind(**{name: _build(hints[name], value) for name, value in content.items()})  # type: ignore[operator]
        except TypeError as error:
            raise EngineError("The recipe lacks an entry; make it again.") from error
    return _build_plain(kind, content)


def _build_plain(kind: Any, content: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        if content is None:
            return None
        (kind,) = (part for part in typing.get_args(kind) if part is not type(None))
        return _build(kind, content)
    if origin is tuple and isinstance(content, list):
        return tuple(_build(typing.get_args(kind)[0], item) for item in content)
    if kind is float and isinstance(content, int) and not isinstance(content, bool):
        content = float(content) if abs(content) < 2**53 else str(content)
    if (
        origin is tuple
        or not isinstance(content, kind)
        or (kind is int and isinstance(content, bool))
    ):
        raise EngineError(f"The recipe holds {str(content)[:40]!r} where {kind} is needed.")
    return content
