"""Pictures of the trial at hand and the next one: read ahead piece by piece, kept in memory."""

from __future__ import annotations

from studies.errors import StudyError
from studies.package import PackageTrial, PictureReading, PixelArray, ReadingPackage


class TrialPictures:
    """Two pictures at the most: what is shown and what comes next."""

    def __init__(self, package: ReadingPackage) -> None:
        self._package = package
        self._kept: dict[str, PixelArray] = {}
        self._reading: PictureReading | None = None
        self._gone: set[str] = set()  # could not be read ahead; said when it is their turn

    def of(self, trial: PackageTrial) -> PixelArray:
        """A trial's picture, (slices, rows, columns); StudyError where it cannot be read."""
        kept = self._kept.get(trial.trial_id)
        if kept is not None:
            return kept
        reading = self._reading
        if reading is None or reading.trial.trial_id != trial.trial_id:
            reading = self._package.picture(trial)
        self._reading = None
        while not reading.is_whole:
            reading.step()
        self._gone.discard(trial.trial_id)
        return self._keep(trial, reading.pixels())

    def read_on(self) -> bool:
        """Read one piece of what is wanted next; False when all of it is there."""
        trial = self._wanted()
        if trial is None:
            return False
        if self._reading is None or self._reading.trial.trial_id != trial.trial_id:
            self._reading = self._package.picture(trial)
        try:
            self._reading.step()
        except StudyError:
            self._gone.add(trial.trial_id)
            self._reading = None
            return True
        if self._reading.is_whole:
            self._keep(trial, self._reading.pixels())
            self._reading = None
        return True

    def following(self) -> tuple[PackageTrial, PixelArray] | None:
        """The trial after the one at hand, where its picture is here already."""
        for trial in self._near()[1:]:
            kept = self._kept.get(trial.trial_id)
            if kept is not None:
                return trial, kept
        return None

    def _near(self) -> tuple[PackageTrial, ...]:
        position = self._package.position
        return self._package.trials[position : position + 2]

    def _wanted(self) -> PackageTrial | None:
        for trial in self._near():
            if trial.trial_id not in self._kept and trial.trial_id not in self._gone:
                return trial
        return None

    def _keep(self, trial: PackageTrial, pixels: PixelArray) -> PixelArray:
        self._kept[trial.trial_id] = pixels
        near = {one.trial_id for one in self._near()} | {trial.trial_id}
        self._kept = {key: kept for key, kept in self._kept.items() if key in near}
        return pixels
