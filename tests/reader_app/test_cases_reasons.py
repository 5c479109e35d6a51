"""Every reason for which the gate leaves a file out stands under a heading of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from reader_app.state.cases_reasons import OTHERWISE, titled
from reader_app.workflows import decoding, import_cases, import_offer, import_rois
from studies.imaging import dicom, manifest

GATE = (
    *sorted(Path(str(dicom.__file__)).parent.glob("*.py")),
    *(Path(str(one.__file__)) for one in (manifest, decoding, import_cases, import_offer)),
    Path(str(import_rois.__file__)),
)
REFUSALS = ("ImportRefusedError", "refused", "guarded")


def _sentences(path: Path) -> Iterator[str]:
    """What refusals of a module say, without the values filled in."""
    tree = ast.parse(path.read_text())
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        name = (
            node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        )
        if name in REFUSALS and isinstance(node, ast.Call) and node.args:
            last = node.args[-1]
            yield _words(named.get(last.id, last) if isinstance(last, ast.Name) else last)


def _words(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(getattr(part, "value", "")) if isinstance(part, ast.Constant) else "0"
            for part in node.values
        )
    return str(node.value) if isinstance(node, ast.Constant) else ""


def test_no_reason_is_without_a_heading() -> None:
    told = {words for path in GATE for words in _sentences(path) if len(words) > 12}
    assert len(told) > 60
    assert sorted(words for words in told if titled(words)[0] == OTHERWISE) == []


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        (import_offer.HELD, "In the study already"),
        (import_offer.HELD_IN_PART, "Late for its series"),
        (import_cases.NOT_CHOSEN, "Not chosen"),
        (import_rois.ALREADY, "In the study already"),
        ("The file holds more pixels than its header says.", "Header and pixels disagree"),
        ("The picture has another size than the header says.", "Cut short"),
    ],
)
def test_reasons_of_one_kind_stand_together(reason: str, title: str) -> None:
    assert titled(reason)[0] == title
