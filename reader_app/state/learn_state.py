"""What Learn shows and does: data, recipe, forecast and training jobs; runs and gallery beside."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.errors import EngineError
from engine.experiment.arms import ARMS
from engine.experiment.forecast import whole_workload, workload
from engine.experiment.grid import Experiment
from engine.experiment.recipe import LEFT_OUT, Recipe
from engine.holdout import LEAST, MOST
from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.augment_state import AugmentState
from reader_app.state.figure_files import FigureFiles
from reader_app.state.gallery_state import GalleryState
from reader_app.state.job_signals import Jobs, JobView
from reader_app.state.learn_bin import BinState
from reader_app.state.learn_compare import CompareState
from reader_app.state.learn_data import (
    DataView,
    Forecast,
    data_view,
    forecast,
    generator_shortage,
)
from reader_app.state.learn_dataset import DatasetState, Remark
from reader_app.state.learn_fields import FieldRow, field_rows
from reader_app.state.learn_latent import LatentState
from reader_app.state.learn_runs import RunsState
from reader_app.state.learn_samples import SamplesState
from reader_app.state.learn_training import LANE, TrainingState
from reader_app.state.study_state import StudyState
from reader_app.workflows.measure import measure
from reader_app.workflows.train import Timing
from studies import cases
from studies.records import ClassScheme
from studies.report.arms import short_name
from studies.store import Store

WHOLE = "whole"
"""In place of an arm: every arm and group of the profile, the paper's whole experiment."""


class LearnState(QObject):
    """The only writer of what the Learn page shows."""

    data_changed = Signal()
    recipe_changed = Signal()  # also the forecast
    asked = Signal(str)  # another page by name

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._messages, self._settings = study, jobs, messages, settings
        self.gallery = GalleryState(study, jobs, messages)
        self.augment = AugmentState(study, jobs, messages, settings)
        self.figures = FigureFiles(study, jobs, messages, settings)
        self.runs = RunsState(study, jobs, messages)
        self.samples = SamplesState(study, jobs, self.runs)
        self.latent = LatentState(study, jobs, messages, self.runs)
        self.comparison = CompareState(study, jobs)
        self.bin = BinState(study, jobs, messages, settings)
        self.dataset = DatasetState(study, jobs, messages)
        self.data: DataView | None = None
        self.recipe = Recipe.of("cnn-aug-gan", "quick")
        self.is_whole = False
        self.training = TrainingState(study, jobs, messages, settings, self.runs)
        self._timing: int | None = None
        study.opened.connect(self._opened)
        study.changed.connect(self._changed)
        jobs.changed.connect(self._job_changed)
        self.dataset.asked.connect(self.asked)
        self.training.timed.connect(self._keep_rates)
        self.training.changed.connect(self.recipe_changed)
        self._opened()

    # --- what is shown ----------------------------------------------------------------------

    @property
    def scheme(self) -> ClassScheme | None:
        """The open study's classes; None without a study."""
        return self._study.scheme

    @property
    def is_simulated(self) -> bool:
        """Whether the open study's CT is simulated: figures say so."""
        return self._study.is_simulated

    @property
    def has_study(self) -> bool:
        """Whether a study is open."""
        return self._study.store is not None

    @property
    def arm_choices(self) -> tuple[tuple[str, str], ...]:
        """Code and words of what can be trained."""
        arms = tuple((one.name, one.title) for one in ARMS)
        return ((WHOLE, "The whole experiment"), *arms)

    @property
    def chosen_arm(self) -> str:
        """The arm, or WHOLE."""
        return WHOLE if self.is_whole else self.recipe.arm

    @property
    def experiment(self) -> Experiment:
        """The whole experiment at the chosen profile, seeds and folds."""
        folds = self.data.folds if self.data else self.recipe.folds
        return Experiment(
            profile=self.recipe.profile,
            seeds=self.recipe.seeds,
            folds=folds,
            precision=self._settings.precision,
            leave_out=self.recipe.leave_out,
        )

    @property
    def profile_words(self) -> str:
        """What the chosen profile means, in one line."""
        return {
            "paper": "Paper profile: the published networks, full size",
            "quick": "Quick profile: same code, smaller networks",
            "smoke": "Smoke profile: seconds, to see that it runs; its figures mean nothing",
        }[self.recipe.profile]

    @property
    def generator_unit(self) -> str:
        """What `generator_length` counts: epochs, or steps where the profile fixes them."""
        return "epochs" if self.recipe.gan_steps is None else "steps"

    @property
    def generator_length(self) -> int:
        """Length of a generator's training, in `generator_unit`."""
        return self.recipe.gan_steps or self.recipe.gan_epochs or 0

    @property
    def forecast(self) -> Forecast | None:
        """Runs and time of the recipe; None without ready lesions."""
        if self.data is None or self.data.total == 0:
            return None
        per_class = tuple(row.total for row in self.data.rows)
        if self.is_whole:
            work = whole_workload(self.experiment, per_class, has_extra=self.data.has_extra)
        else:
            work = workload(self.recipe, per_class, self.data.folds)
        return forecast(work, self._rates(tuple(one.kind for one in work)))

    @property
    def hindrance(self) -> str:
        """Why nothing can be queued, as a sentence; "" when it can."""
        if self.data is None:
            return "Open a study first."
        if self._study.read_only:
            return "This study is open read-only."
        if self.data.total == 0 and self.data.sources:
            return "All ROIs are kept out. Take some in again."
        if self.data.total == 0:
            return "No lesion has a margin, a diagnosis and a basis yet."
        if self.data.shortages:
            return self.data.shortages[0]
        draws = self.is_whole or self.recipe.uses_generators
        if draws and (shortage := generator_shortage(self.data)):
            return shortage
        try:
            self.recipe.check()
        except EngineError as error:
            return str(error)
        if not self.is_whole and self.recipe.adds_extra and not self.data.has_extra:
            return "No case is marked as extra, and this arm trains on such cases."
        return ""

    @property
    def is_training(self) -> bool:
        """Whether a recipe is running or queued."""
        return self.training.is_busy

    @property
    def is_timing(self) -> bool:
        """Whether steps are being timed."""
        return self._timing is not None

    # --- recipe -----------------------------------------------------------------------------

    def choose_arm(self, arm: str) -> None:
        """Another arm, with its profile's numbers; WHOLE takes all of them."""
        was, self.is_whole = self.chosen_arm, arm == WHOLE
        if not self.is_whole:
            self._take(self._with_counts(Recipe.of(arm, self.recipe.profile)))
        if was != self.chosen_arm:
            self.recipe_changed.emit()

    def choose_profile(self, name: str) -> None:
        """Another profile, with its numbers."""
        self._take(self._with_counts(Recipe.of(self.recipe.arm, name)))

    def set_classic(self, count: int) -> None:
        """Classic augmentations added per training fold."""
        self._take(replace(self.recipe, classic=count))

    def set_added(self, count: int) -> None:
        """ROIs per class added per training fold: synthetic, or of the extra cases."""
        if self.recipe.adds_extra:
            self._take(replace(self.recipe, extra_per_class=count))
        else:
            self._take(replace(self.recipe, synthetic_per_class=count))

    @property
    def most_validation(self) -> int:
        """The most percent of patients that can be held out."""
        return MOST

    def set_validation(self, percent: int) -> None:
        """Percent of the training folds' patients to hold out and watch; below LEAST is none."""
        self._take(replace(self.recipe, validation=percent if percent >= LEAST else 0))

    def set_seeds(self, count: int) -> None:
        """How many seeds."""
        self._take(replace(self.recipe, seeds=count))

    def set_folds(self, count: int) -> None:
        """How many folds, while none are drawn."""
        self._take(replace(self.recipe, folds=count))
        self._read_data()

    def leave_out(self, source: str, is_out: bool) -> None:
        """Keep the ROIs of a doubtful source out of training and test, or take them in again."""
        held = {*self.recipe.leave_out, source} if is_out else {*self.recipe.leave_out} - {source}
        self._take(replace(self.recipe, leave_out=tuple(one for one in LEFT_OUT if one in held)))
        self.dataset.leave_out(self.recipe.leave_out)
        self._read_data()
        self.recipe_changed.emit()

    def set_generator_length(self, length: int) -> None:
        """Epochs or steps of each generator."""
        if self.recipe.gan_steps is None:
            self._take(replace(self.recipe, gan_epochs=length))
        else:
            self._take(replace(self.recipe, gan_steps=length))

    @property
    def precision(self) -> str:
        """What networks are trained in: float32 or bf16; the settings hold it."""
        return self._settings.precision

    def set_precision(self, precision: str) -> None:
        """Another precision, here and in the settings; forecasts are timed anew."""
        self._settings.compute(self._settings.device, precision, self._settings.threads)
        self.recipe_changed.emit()

    @property
    def field_rows(self) -> tuple[FieldRow, ...]:
        """Every field of what the recipe trains."""
        classes = len(self.scheme.categories) if self.scheme else 3
        return field_rows(self.recipe, classes, self.precision)

    def _with_counts(self, recipe: Recipe) -> Recipe:
        """The recipe with the seeds, folds and validation chosen before."""
        held = self.recipe.validation if recipe.can_validate else 0
        return replace(
            recipe,
            seeds=self.recipe.seeds,
            folds=self.recipe.folds,
            validation=held,
            leave_out=self.recipe.leave_out,
        )

    def _take(self, recipe: Recipe) -> None:
        if recipe != self.recipe:
            self.recipe = recipe
            self.recipe_changed.emit()

    # --- jobs -------------------------------------------------------------------------------

    def queue(self) -> bool:
        """Queue the recipe; False (and a sentence) when it cannot be run."""
        store = self._study.store
        if store is None or self.hindrance:
            self._messages.warning(self.hindrance)
            return False
        experiment, is_whole = self.experiment, self.is_whole
        recipe = replace(self.recipe, precision=self._settings.precision)
        title = "the whole experiment" if is_whole else short_name(recipe.arm)
        self.training.queue(experiment if is_whole else recipe, title)
        return True

    def act_on(self, remark: Remark) -> None:
        """What the button of a remark on the data does."""
        self.dataset.act(remark, self.data.folds if self.data else self.recipe.folds)

    def cancel(self) -> None:
        """Stop training, and drop what is queued."""
        self.training.cancel()

    def time_steps(self) -> None:
        """Time a few steps of each network on this computer, for the forecast."""
        store = self._study.store
        if store is None or self.hindrance or self.is_timing:
            return
        experiment, is_whole = self.experiment, self.is_whole
        recipe = replace(self.recipe, precision=self._settings.precision)
        threads = self._settings.threads
        has_extra = self.data is not None and self.data.has_extra
        self._timing = self._jobs.run(
            "Timing a few steps",
            lambda: measure(
                store, experiment.recipes(has_extra) if is_whole else (recipe,), threads
            ),
            self._timed,
            self._failed,
            lane=LANE,
        )
        self.recipe_changed.emit()

    def _timed(self, timings: tuple[Timing, ...]) -> None:
        self._keep_rates(timings)

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)

    def _keep_rates(self, timings: tuple[Timing, ...]) -> None:
        for one in timings:
            if one.steps:
                self._settings.set(f"rate/{one.profile}/{one.kind}", one.seconds / one.steps)
        self.recipe_changed.emit()

    def _rates(self, kinds: tuple[str, ...]) -> dict[str, float]:
        found = {
            kind: self._settings.number(f"rate/{self.recipe.profile}/{kind}", 0.0) for kind in kinds
        }
        return {kind: seconds for kind, seconds in found.items() if seconds > 0}

    def _job_changed(self, view: JobView) -> None:
        if view.id == self._timing and view.is_final:
            self._timing = None
            self.recipe_changed.emit()

    # --- reading the study ------------------------------------------------------------------

    def _opened(self) -> None:
        self.training.opened()
        self._read_data()
        self.recipe_changed.emit()

    def _changed(self, topic: str) -> None:
        if topic in ("cases", "lesions", "study"):
            self._read_data()
            self.recipe_changed.emit()
        elif topic == "runs" and self.data is not None and not self.data.drawn:
            self._read_data_behind()  # training draws the folds

    def _read_data(self) -> None:
        store, scheme = self._study.store, self.scheme
        found = _data(store, scheme, self.recipe) if store and scheme else None
        self._take_data(found)

    def _read_data_behind(self) -> None:
        """In a thread, while training runs: the window must not wait."""
        store, scheme, recipe = self._study.store, self.scheme, self.recipe
        if store is not None and scheme is not None:
            self._jobs.small(
                lambda: _data(store, scheme, recipe),
                lambda found: self._take_data(found) if store is self._study.store else None,
            )

    def _take_data(self, data: DataView | None) -> None:
        self.data = data
        self.data_changed.emit()


def _data(store: Store, scheme: ClassScheme, recipe: Recipe) -> DataView:
    lesions, series = cases.lesions(store), cases.all_series(store)
    return data_view(lesions, series, scheme, recipe.folds, recipe.leave_out)
