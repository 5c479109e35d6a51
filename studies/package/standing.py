"""Where a reading stands: which trial is next, which step of it, what may be opened again.

Everything follows from the log, event by event, so that a program that died goes on exactly there.
"""

from __future__ import annotations

from studies.chain import ChainEvent
from studies.package.contents import PackageContents, PackageTrial, Response, response_of
from studies.package.entries import Attempt

_NEAR = 1e-9


class Standing:
    """Replays a log over a package's contents.

    A trial with a network's opinion takes two answers, the own one (step 1) and the one after the
    opinion (step 2); it counts as answered after the second. Training trials are those whose right
    class is known to the package; when all are answered below the pass mark they are open again.
    """

    def __init__(self, contents: PackageContents) -> None:
        self._trials = contents.trials
        self._known = {trial.trial_id: trial for trial in contents.trials}
        self._mark = contents.pass_mark
        taught = any(question.code == "diagnosis" for question in contents.questions)
        self._training = tuple(trial for trial in contents.trials if trial.right and taught)
        self._training_ids = {trial.trial_id for trial in self._training}
        self._answers: dict[str, tuple[Response, ...]] = {}
        self._done: set[str] = set()
        self._reopened: set[str] = set()
        self._open_again = ""
        self._position: int | None = None
        self.attempts: tuple[Attempt, ...] = ()
        self.kinds: frozenset[str] = frozenset()  # of the events so far

    def replay(self, event: ChainEvent) -> None:
        """Take one more event of the log."""
        self.kinds |= {event.kind}
        if event.kind == "response":
            self._position = None
            self._take(event.trial_id, response_of(event))
        elif event.kind == "undo":
            self._position = None
            self._reopened.add(event.trial_id)
            self._open_again = event.trial_id

    @property
    def answered(self) -> int:
        """Number of trials that are answered."""
        return len(self._done)

    @property
    def position(self) -> int:
        """Index of the trial to show; the number of trials when all are answered."""
        if self._position is None:
            self._position = next(
                (k for k, trial in enumerate(self._trials) if self._is_open(trial)),
                len(self._trials),
            )
        return self._position

    @property
    def current(self) -> PackageTrial | None:
        """The trial to show, None when all are answered."""
        position = self.position
        return self._trials[position] if position < len(self._trials) else None

    @property
    def step(self) -> int:
        """2 where the trial at hand has its own answer and awaits the one after the opinion."""
        trial = self.current
        if trial is None or not trial.opinion:
            return 1
        return 2 if trial.trial_id == self._open_again or self._is_half(trial) else 1

    @property
    def reopenable(self) -> PackageTrial | None:
        """The trial that may be opened again: the last one, once.

        None after a training trial, whose right class was named, and before the second answer to
        an aided trial: the own answer stands as it was before the opinion.
        """
        position = self.position
        if self._open_again or position == 0 or self.step == 2:
            return None
        previous = self._trials[position - 1]
        barred = previous.trial_id in self._reopened or self.is_training(previous)
        return None if barred else previous

    def is_training(self, trial: PackageTrial) -> bool:
        """Whether the right class is named after this trial."""
        return trial.trial_id in self._training_ids

    def was_reopened(self, trial: PackageTrial) -> bool:
        """Whether the trial was opened again."""
        return trial.trial_id in self._reopened

    def answers_of(self, trial: PackageTrial) -> tuple[Response, ...]:
        """Every answer of a trial, first to last."""
        return self._answers.get(trial.trial_id, ())

    @property
    def kept_answer(self) -> Response | None:
        """The answer that the trial at hand begins with: the one that may be changed now."""
        trial = self.current
        if trial is None or not (trial.trial_id == self._open_again or self.step == 2):
            return None
        given = self.answers_of(trial)
        return given[-1] if given else None

    def _is_open(self, trial: PackageTrial) -> bool:
        return trial.trial_id == self._open_again or trial.trial_id not in self._done

    def _is_half(self, trial: PackageTrial) -> bool:
        given = self.answers_of(trial)
        return trial.trial_id not in self._done and bool(given) and given[-1].step == 1

    def _take(self, trial_id: str, response: Response) -> None:
        self._answers[trial_id] = (*self._answers.get(trial_id, ()), response)
        trial = self._known.get(trial_id)
        if trial is None or (trial.opinion and response.step == 1):
            return
        self._done.add(trial_id)
        self._open_again = ""
        if self.is_training(trial):
            self._judge_training()

    def _judge_training(self) -> None:
        ids = self._training_ids
        if not ids <= self._done:
            return
        right = sum(self.answers_of(trial)[-1].diagnosis == trial.right for trial in self._training)
        self.attempts = (*self.attempts, Attempt(right, len(ids)))
        if right < self._mark * len(ids) - _NEAR:
            self._done -= ids
