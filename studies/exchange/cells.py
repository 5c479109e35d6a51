"""A cell's text so that no spreadsheet runs it, and back."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_STARTS = "=+-@|%"
_CONTROLS = "\t\r\n\0"


def guarded(text: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe before what could start a formula.

    Plain numbers stay numbers. Full-width signs are seen through, and what hides behind leading
    blanks, byte-order marks or zero-width characters. TAB, CR and LF become blanks, since a
    spreadsheet that splits cells there would start a new one.
    """
    shown = text.replace("−", "-") if _NUMBER.fullmatch(text.replace("−", "-")) else text
    if _NUMBER.fullmatch(shown):
        return shown
    folded = unicodedata.normalize("NFKC", shown)
    visible = folded.lstrip("".join(c for c in set(folded) if _invisible(c)))
    risky = shown[:1] in _CONTROLS or visible[:1] in _STARTS
    flat = shown.translate({ord(c): " " for c in _CONTROLS})
    return f"'{flat}" if risky and shown else flat


def unguarded(cell: str) -> str:
    """A cell as it was before it was guarded against running as a formula."""
    if not cell.startswith("'"):
        return cell
    return cell[1:] if guarded(cell[1:]) == cell else cell


def _invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")
