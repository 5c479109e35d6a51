"""Every lesion with what each arm's network and the readers said: right or wrong, hardest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studies.records import LesionRecord, PredictionRecord
from studies.report.arms import arm_name
from studies.report.classifier import ClassifierResults


@dataclass(frozen=True)
class ArmSaid:
    """What an arm's network said of a lesion of its own test fold, with probabilities by class."""

    arm: str
    run_id: int
    prediction: PredictionRecord

    @property
    def name(self) -> str:
        """The arm as in tables."""
        return arm_name(self.arm)

    @property
    def right(self) -> bool:
        """Whether the most probable class is the true one."""
        return self.prediction.predicted == self.prediction.category


@dataclass(frozen=True)
class LesionCase:
    """A lesion; `readers_right` of `readers_asked` readings gave its class (0 while blinded)."""

    lesion: LesionRecord
    said: tuple[ArmSaid, ...]
    readers_right: int = 0
    readers_asked: int = 0

    @property
    def truth(self) -> str:
        """The class that the networks were tested against, as the tables count them.

        The diagnosis may have been changed, or taken back, since.
        """
        return self.said[0].prediction.category if self.said else self.lesion.category

    @property
    def arms_wrong(self) -> int:
        """How many arms are wrong."""
        return sum(not one.right for one in self.said)

    @property
    def has_error(self) -> bool:
        """Whether an arm or a reader is wrong."""
        return self.arms_wrong > 0 or self.readers_right < self.readers_asked

    @property
    def hardness(self) -> float:
        """Share of arms and readings that are wrong, 0..1."""
        total = len(self.said) + self.readers_asked
        wrong = self.arms_wrong + self.readers_asked - self.readers_right
        return wrong / total if total else 0.0

    def of_arm(self, arm: str) -> ArmSaid | None:
        """What an arm said; None where it was not tested on this lesion."""
        return next((one for one in self.said if one.arm == arm), None)


def lesion_cases(
    results: ClassifierResults,
    predictions: Sequence[PredictionRecord],
    lesions: Sequence[LesionRecord],
    readings: Mapping[int, tuple[int, int]] | None = None,
) -> tuple[LesionCase, ...]:
    """The lesions that an arm was tested on, hardest first, then by patient and name.

    Of each arm its shown group's first seed speaks, as in the tables. `readings` says of each
    lesion how many readings of people were right, of how many: none while a protocol is blinded.
    """
    said: dict[int, list[ArmSaid]] = {}
    arm_of = {run: g.arm for g in results.chosen for run in g.lead.run_ids}
    for one in predictions:
        if one.run_id in arm_of:
            own = ArmSaid(arm_of[one.run_id], one.run_id, one)
            said.setdefault(one.lesion_id, []).append(own)
    places = {g.arm: k for k, g in enumerate(results.chosen)}
    read = readings or {}
    cases = (
        LesionCase(
            lesion,
            tuple(sorted(said[lesion.id], key=lambda one: places[one.arm])),
            *read.get(lesion.id, (0, 0)),
        )
        for lesion in lesions
        if lesion.id in said
    )
    return tuple(sorted(cases, key=lambda c: (-c.hardness, c.lesion.patient, c.lesion.name)))
