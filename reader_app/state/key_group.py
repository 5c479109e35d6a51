"""The keys of a page, as the window tells them to the page that lists all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KeyGroup:
    """`keys` of a page: (key, what it does)."""

    title: str
    keys: tuple[tuple[str, str], ...]
