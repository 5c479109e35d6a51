"""What the colour of a point on a map tells: class, fold, or who was wrong about it."""

from __future__ import annotations

from dataclasses import dataclass

from reader_app.state.results_loading import LoadedResults, NetworkMap
from reader_app.views.results.map_points import Mark
from reader_app.widgets.theme import PALETTE
from studies.records import Category, LesionRecord

CLASS, FOLD, NETWORK, READERS = "Class", "Fold", "Network error", "Reader error"
_FOLDS = (
    PALETTE.dcgan, PALETTE.extra_real, PALETTE.conditional, PALETTE.control_arm, PALETTE.acgan,
    PALETTE.classic,
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What a colour stands for. Errors are larger too, so that colour is not alone."""

    words: str
    color: str
    size: float = 11.0


RIGHT = Told("right", PALETTE.control, 9.0)
SOME = Told("some readings wrong", PALETTE.warning, 11.0)
WRONG = Told("wrong", PALETTE.error_text, 14.0)
ALL = Told("all readings wrong", PALETTE.error_text, 14.0)
UNTOLD = Told("not read", PALETTE.edge, 7.0)


def colourings(loaded: LoadedResults, shown: tuple[NetworkMap, ...]) -> tuple[str, ...]:
    """What the points of these maps can be coloured by; readers' errors after unblinding only.

    A fold's map shows one fold, so folds are told apart only where the network had all of them.
    """
    on_map = {p.lesion_id for one in shown for p in one.embedding.points}
    folds = {one.fold for one in loaded.lesions if one.id in on_map and one.fold is not None}
    read = any(mark.lesion_id in on_map for mark in loaded.reader_marks)
    offered = (
        (CLASS, True),
        (FOLD, len(folds) > 1),
        (NETWORK, any(one.said for one in shown)),
        (READERS, read),
    )
    return tuple(name for name, there in offered if there)


def told(by: str, loaded: LoadedResults, shown: NetworkMap) -> tuple[tuple[int, Told], ...]:
    """What each lesion of a map is coloured by; a lesion that was removed is left out."""
    lesions = {one.id: one for one in loaded.lesions}
    ids = dict.fromkeys(p.lesion_id for p in shown.embedding.points if p.lesion_id in lesions)
    if by == NETWORK:
        right = {one.lesion_id: one.predicted == one.category for one in shown.said}
        judged = {i: RIGHT if ok else WRONG for i, ok in right.items()}
        return tuple((i, judged.get(i, UNTOLD)) for i in ids)
    if by == READERS:
        judged = {m.lesion_id: _of_readings(m.right, m.asked) for m in loaded.reader_marks}
        return tuple((i, judged.get(i, UNTOLD)) for i in ids)
    if by == FOLD:
        return tuple((i, _of_fold(lesions[i])) for i in ids)
    classes = {one.code: one for one in loaded.study.scheme.categories}
    return tuple(
        (i, Told(classes[lesions[i].category].name, classes[lesions[i].category].color))
        for i in ids
        if lesions[i].category in classes
    )


def _of_readings(right: int, asked: int) -> Told:
    if right == asked:
        return RIGHT
    return SOME if right else ALL


def _of_fold(lesion: LesionRecord) -> Told:
    if lesion.fold is None:
        return Told("no fold", PALETTE.edge)
    return Told(f"Fold {lesion.fold + 1}", _FOLDS[lesion.fold % len(_FOLDS)])


def mark_of(one: Told, category: Category) -> Mark:
    """A lesion's own ROI: the shape is its class whatever the colour tells."""
    return Mark(one.color, category.marker, one.size, edge=PALETTE.rail)


def faint_mark(one: Told, category: Category) -> Mark:
    """One of its augmentations, small and faint."""
    return Mark(one.color, category.marker, 4.5, 0.35)


def hollow_mark(by: str, category: Category) -> Mark:
    """A synthetic ROI: hollow, grey where the colour tells what it has none of."""
    color = category.color if by == CLASS else PALETTE.text_3
    return Mark(color, category.marker, 8.5, hollow=True)


def wrong_words(by: str, said: tuple[tuple[int, Told], ...]) -> str:
    """How many of the map's lesions are wrong, `12 of 61 wrong`; empty for class and fold."""
    if by not in (NETWORK, READERS):
        return ""
    judged = [one for _, one in said if one != UNTOLD]
    wrong = sum(one in (WRONG, ALL) for one in judged)
    some = sum(one == SOME for one in judged)
    words = f"{wrong} of {len(judged)} wrong"
    return words if by == NETWORK else f"{words} for all, {some} for some"
