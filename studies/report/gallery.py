"""The items to look at again: those on which readers disagree, or that all got wrong."""

from __future__ import annotations

from dataclasses import dataclass

from studies.report.readings import Answers, main_readings, readings

DISAGREE, ALL_WRONG = "Readers disagree", "All wrong"
NETWORK_RIGHT, PEOPLE_RIGHT = "Only a network is right", "No network is right"
FOOLED = "Origin mistaken by all"
KINDS = (DISAGREE, ALL_WRONG, NETWORK_RIGHT, PEOPLE_RIGHT, FOOLED)


@dataclass(frozen=True)
class Said:
    """What one reader said of an item; `origin` is "" where it was not asked."""

    reader: str
    kind: str
    diagnosis: str
    confidence: int | None
    right: bool
    origin: str


@dataclass(frozen=True)
class GalleryItem:
    """An item with its truth and everybody's answers; `kinds` are the reasons to look at it."""

    item: int
    category: str
    origin: str  # real | synthetic
    lesion_id: int | None
    patient: str
    said: tuple[Said, ...]
    kinds: tuple[str, ...]

    @property
    def wrong(self) -> int:
        """How many gave another class."""
        return sum(not one.right for one in self.said)


def disagreements(answers: Answers) -> tuple[GalleryItem, ...]:
    """Items on which readers differ in class, all are wrong, or all mistake the origin.

    Main readings only, networks among them. Most wrong answers first, then in the order of the
    items. An item that one reader alone has answered is shown where that answer is wrong.
    """
    given: dict[int, list[Said]] = {}
    truth = {a.item: a for a in answers}
    for one in main_readings(readings(answers)):
        origin = {a.item: a.origin for a in one.asked_origin}
        for a in one.asked:
            told = Said(
                one.name,
                one.kind,
                a.diagnosis,
                a.confidence,
                a.diagnosis == a.truth_category,
                origin.get(a.item, ""),
            )
            given.setdefault(a.item, []).append(told)
    found = []
    for item, said in given.items():
        a = truth[item]
        kinds = _kinds(said, a.truth_origin)
        if kinds:
            found.append(
                GalleryItem(
                    item, a.truth_category, a.truth_origin, a.lesion_id, a.patient,
                    tuple(said), kinds,
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.wrong, one.item)))


def _kinds(said: list[Said], origin: str) -> tuple[str, ...]:
    people = [one for one in said if one.kind != "model"]
    networks = [one for one in said if one.kind == "model"]
    told = [one.origin for one in people if one.origin]
    tests = (
        (DISAGREE, len({one.diagnosis for one in said}) > 1),
        (ALL_WRONG, not any(one.right for one in said)),
        (NETWORK_RIGHT, _only(networks, people)),
        (PEOPLE_RIGHT, _only(people, networks)),
        (FOOLED, bool(told) and origin not in told),
    )
    return tuple(kind for kind, holds in tests if holds)


def _only(these: list[Said], others: list[Said]) -> bool:
    """Whether one of these is right and, though there are others, none of them."""
    return any(o.right for o in these) and bool(others) and not any(o.right for o in others)
