"""Commands that learn: train, synthesise, export a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader_app.cli.progress_line import follow, time_words
from reader_app.cli.study import AsJson, StudyFolder, opened
from studies.errors import StudyError

if TYPE_CHECKING:
    from engine.experiment.recipe import Recipe
    from studies.records import SyntheticRoiRecord, TrainingRunRecord
    from studies.store import Store


VALIDATION_HELP = (
    "Percent of the training folds' patients to hold out and watch (5 to 50); nothing trains on "
    "them, generators included. 0, the paper's way, holds none out"
)


WithoutLossy = Annotated[
    bool, typer.Option("--without-lossy", help="Leave out ROIs of lossy CT, also as tests")
]
WithoutStored = Annotated[
    bool,
    typer.Option("--without-stored", help="Leave out ROIs of stored values called HU by a person"),
]


def left_out(lossy: bool, stored: bool) -> tuple[str, ...]:
    """The sources that the two options leave out, as a recipe names them."""
    from engine.experiment.recipe import LEFT_OUT

    wanted = zip(LEFT_OUT, (lossy, stored), strict=True)
    return tuple(source for source, is_out in wanted if is_out)


def add_commands(app: typer.Typer) -> None:
    """Add the learning commands."""
    app.command("train")(_train)
    app.command("synthesise")(_synthesise)
    app.command("onnx")(_onnx)


def _train(
    study: StudyFolder,
    arm: Annotated[str, typer.Option(help="An arm; see blindread experiment arms")] = "cnn-aug",
    profile: Annotated[str, typer.Option(help="paper, quick or smoke")] = "quick",
    classic: Annotated[
        int | None, typer.Option(help="Classic augmentations per fold; default: the profile's")
    ] = None,
    synthetic: Annotated[
        int | None, typer.Option(help="Synthetic ROIs per class and fold; default: the profile's")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Repeat with this many seeds")] = 1,
    folds: Annotated[int, typer.Option(min=2, max=10, help="Patient-wise folds")] = 3,
    gan_epochs: Annotated[int | None, typer.Option(min=1, help="The generators' epochs")] = None,
    validation: Annotated[int, typer.Option(min=0, max=50, help=VALIDATION_HELP)] = 0,
    without_lossy: WithoutLossy = False,
    without_stored: WithoutStored = False,
    as_json: AsJson = False,
) -> None:
    """Train a network in patient-wise folds; finished runs are not trained again."""
    from dataclasses import replace

    from engine.experiment.recipe import Recipe
    from reader_app.workflows.train import train

    left = left_out(without_lossy, without_stored)
    base = replace(Recipe.of(arm, profile), validation=validation, leave_out=left)
    recipe = _recipe(base, classic, synthetic, seeds, folds, gan_epochs)
    with opened(study) as store:
        result = follow(train(store, recipe))
    if as_json:
        typer.echo(json.dumps([_run_json(run) for run in result.runs], default=str))
        return
    for run in result.runs:
        typer.echo(_run_line(run))
    if result.skipped:
        typer.echo(f"{result.skipped} of these runs had been trained before.")


def _recipe(
    base: Recipe,
    classic: int | None,
    synthetic: int | None,
    seeds: int,
    folds: int,
    gan_epochs: int | None,
) -> Recipe:
    from dataclasses import replace

    return replace(
        base,
        classic=base.classic if classic is None else classic,
        synthetic_per_class=base.synthetic_per_class if synthetic is None else synthetic,
        seeds=seeds,
        folds=folds,
        gan_epochs=base.gan_epochs if gan_epochs is None else gan_epochs,
        gan_steps=base.gan_steps if gan_epochs is None else None,
    )


def _run_line(run: TrainingRunRecord) -> str:
    fold = "all folds" if run.fold is None else f"fold {run.fold + 1}"
    words = [run.arm, run.category, run.group, fold, f"seed {run.seed}"]
    if run.correct is not None and run.n:
        words.append(f"{run.correct} of {run.n} right ({100 * run.correct / run.n:.1f} %)")
    if run.kid is not None:
        words.append(f"KID {run.kid:.4f}")
    if run.seconds is not None:
        words.append(time_words(run.seconds))
    return "  ".join(word for word in words if word)


def _run_json(run: TrainingRunRecord) -> object:
    return {
        "id": run.id,
        "hash": run.run_hash,
        "arm": run.arm,
        "kind": run.kind,
        "category": run.category,
        "group": run.group,
        "fold": run.fold,
        "seed": run.seed,
        "profile": run.profile,
        "correct": run.correct,
        "n": run.n,
        "accuracy": run.accuracy,
        "kid": run.kid,
        "seconds": run.seconds,
        "state": run.state,
    }


def _synthesise(
    study: StudyFolder,
    category: Annotated[
        str | None, typer.Option(help="One class; by default each that has a generator")
    ] = None,
    run: Annotated[int | None, typer.Option(help="A generator's run; default: the newest")] = None,
    count: Annotated[int, typer.Option(min=1, help="ROIs to draw per class")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw")] = 0,
    as_json: AsJson = False,
) -> None:
    """Draw synthetic ROIs, each audited against the nearest training ROI."""
    from reader_app.workflows.synthesise import synthesise

    made: list[SyntheticRoiRecord] = []
    with opened(study) as store:
        for run_id, code in _draws(store, run, category):
            made += follow(synthesise(store, run_id, count, seed, code))
    if as_json:
        typer.echo(json.dumps([_roi_json(roi) for roi in made]))
        return
    for name in sorted({roi.category for roi in made}):
        own = [roi for roi in made if roi.category == name]
        kept = sum(roi.accepted for roi in own)
        typer.echo(f"{name}: {len(own)} drawn, {kept} accepted, {len(own) - kept} kept out")


def _onnx(
    study: StudyFolder,
    run: Annotated[int, typer.Argument(help="A finished run; see blindread train … --json")],
    to: Annotated[
        Path | None, typer.Option("--to", help="The file; by default in the study's exports")
    ] = None,
) -> None:
    """Export a run's network as ONNX, with its provenance, for other programs to run."""
    from engine.exchange import export
    from engine.files import MODEL
    from studies import learning

    with opened(study, read_only=True) as store:
        record = learning.run(store, run)
        name = f"{record.arm}-{record.run_hash[:12]}.onnx"
        target = to or store.folder / "exports" / name
        typer.echo(follow(export(record.folder / MODEL, target)))


def _draws(store: Store, run: int | None, category: str | None) -> tuple[tuple[int, str], ...]:
    """Which generator draws which class: the run named, or each class's newest."""
    from reader_app.workflows.synthesise import newest_generator
    from studies import cases, learning

    codes = (category,) if category else cases.study(store).scheme.codes
    if run is not None:
        own = learning.run(store, run).category
        return tuple((run, code) for code in ((own,) if own else codes))
    newest = ((newest_generator(store, code), code) for code in codes)
    found = tuple((run.id, code) for run, code in newest if run is not None)
    if not found:
        whom = f"for {category} " if category else ""
        raise StudyError(
            f"There is no trained generator {whom}in this study. "
            "Train one first: blindread train STUDY --arm cnn-aug-gan"
        )
    return found


def _roi_json(roi: SyntheticRoiRecord) -> object:
    return {
        "id": roi.id,
        "category": roi.category,
        "seed": roi.seed,
        "audit": roi.audit,
        "similarity": roi.similarity,
        "accepted": roi.accepted,
    }
