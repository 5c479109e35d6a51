"""The recipes that were run, field by field, beside what the paper prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.experiment.recipe import LEFT_OUT
from engine.specs import AugmentationSpec, CnnSpec, CnnTraining, GanSpec, GanTraining
from studies.records import TrainingRunRecord
from studies.report.arms import arm_name
from studies.report.pictures import RecipeLine

Trained = tuple[TrainingRunRecord, CnnTraining | GanTraining]


def recipe_lines(trained: Sequence[Trained]) -> tuple[RecipeLine, ...]:
    """Augmentation, classifiers and generators; runs of one recipe share their lines."""
    cnns = [(run, spec) for run, spec in trained if isinstance(spec, CnnTraining)]
    gans = [(run, spec) for run, spec in trained if isinstance(spec, GanTraining)]
    lines: list[RecipeLine] = []
    augmentations = tuple(dict.fromkeys(spec.augmentation for _, spec in trained))
    for k, augmentation in enumerate(augmentations):
        users = [run for run, spec in trained if spec.augmentation == augmentation]
        who = _label("Augmentation", k, len(augmentations))
        lines += _lines(who, users, _augmentation(augmentation))
    classifiers = tuple(dict.fromkeys(spec.cnn for _, spec in cnns))
    for k, cnn in enumerate(classifiers):
        own = [(run, spec) for run, spec in cnns if spec.cnn == cnn]
        who = _label("Classifier", k, len(classifiers))
        lines += _lines(who, [run for run, _ in own], _classifier(cnn, [s for _, s in own]))
    generators = tuple(dict.fromkeys(spec.gan for _, spec in gans))
    for k, gan in enumerate(generators):
        made = [(run, spec) for run, spec in gans if spec.gan == gan]
        who = _label("Generator", k, len(generators))
        lines += _lines(who, [run for run, _ in made], _generator(gan, [s for _, s in made]))
    return tuple(lines)


Field = tuple[str, str, str]


def _label(role: str, place: int, count: int) -> str:
    """`Classifier`, or where there are several recipes `Classifier 2`."""
    return role if count == 1 else f"{role} {place + 1}"


def _lines(
    who: str, runs: Iterable[TrainingRunRecord], fields: Iterable[Field]
) -> list[RecipeLine]:
    users = ", ".join(dict.fromkeys(arm_name(run.arm) for run in runs))
    return [RecipeLine(who, users, *one) for one in fields]


def _augmentation(spec: AugmentationSpec) -> Iterable[Field]:
    a = spec
    yield "Rotations an ROI, angles", f"{a.rotations}, 0 to {a.angle_high:g}°", "30, 0 to 180°"
    yield "Flips of each rotated ROI", str(a.flips), "3"
    shift = f"{a.shifts}, up to min({a.shift_limit:g} px, {a.shift_fraction:g} d)"
    yield "Shifts of each rotated ROI", shift, "7, up to min(4, .1 d)"
    scale = f"{a.scales}, margin {a.margin_low:g} to {a.margin_high:g} d"
    yield "Scales of each rotated ROI", scale, "5, .1 to .4 d"
    yield "Margin of an ROI that is not scaled", f"{a.margin:g} d", ""
    yield "Images an ROI can give", str(a.per_roi), "480"


def _classifier(spec: CnnSpec, trainings: Sequence[CnnTraining]) -> Iterable[Field]:
    yield "Channels", "-".join(map(str, spec.channels)), ""
    yield "Kernel", f"{spec.kernel} × {spec.kernel}", ""
    yield "Dense layer", str(spec.dense), ""
    yield "Dropout", f"{spec.dropout:g}", "0.5"
    yield "Slices an ROI", str(spec.slices), "1"
    yield "Batch", str(spec.batch), "64"
    yield "Learning rate", f"{spec.learning_rate:g}", "0.001"
    yield "Optimiser", f"SGD, Nesterov momentum {spec.momentum:g}", "SGD, Nesterov momentum"
    yield "Length", _length([t.steps for t in trainings], spec.epochs, "SGD steps"), "150 epochs"
    yield "Input", "0 to 1, mean image of the training folds taken off", "mean taken off"
    yield "Precision", spec.precision, ""
    yield from _left_out(trainings)
    yield "Validation", _held_out(trainings), "none"


def _held_out(trainings: Sequence[CnnTraining]) -> str:
    """How many patients of the training folds were watched and not trained on."""
    shares = sorted({t.validation for t in trainings})
    if not any(shares):
        return "none"
    told = ", ".join(f"{share} %" if share else "none" for share in shares)
    return f"{told} of the training folds' patients, watched, nothing chosen by them"


def _generator(spec: GanSpec, trainings: Sequence[GanTraining]) -> Iterable[Field]:
    faithful = spec.kind.startswith(("dcgan", "acgan"))
    yield "Kind", spec.kind, "DCGAN; ACGAN"
    yield "Latent numbers", str(spec.latent), "100"
    yield "Generator's widest layer", f"4 × 4 × {8 * spec.ngf}", "4 × 4 × 1024"
    yield "Discriminator's first layer", str(spec.ndf), ""
    yield "Kernel", f"{spec.kernel} × {spec.kernel}", "5 × 5"
    yield "Batch", str(spec.batch), "64"
    yield "Adam", f"{spec.learning_rate:g}, {spec.beta1:g}, {spec.beta2:g}", "0.0002, 0.5, 0.999"
    steps = f"{spec.discriminator_steps} D, {spec.generator_steps} G"
    yield "Steps in turn", steps, ""
    yield "Length", _length([t.steps for t in trainings], spec.epochs, "steps"), "70 epochs"
    added = ", ".join(f"{n:,}" for n in sorted({t.classic for t in trainings}))
    yield "Augmented images a training fold", added, "5,000"
    yield "Leak", f"{spec.leak:g}", "0.2"
    yield "z when sampling", spec.sampling, "normal (section 4.2.2)"
    loss = "binary cross-entropy" if faithful else "hinge, DiffAugment, LeCam"
    yield "Loss", _loss(spec, loss), "minimax"
    yield "Checkpoint kept", spec.keep, ""
    yield "Precision", spec.precision, ""
    yield from _left_out(trainings)


def _left_out(trainings: Sequence[CnnTraining | GanTraining]) -> Iterable[Field]:
    """ROIs that neither trained nor were tested, by source, as the specs count them; often none."""
    told = dict.fromkeys(_left_words(training.folds) for training in trainings)
    if any(told):
        yield "ROIs left out of training and test", " / ".join(one or "none" for one in told), "0"


def _left_words(folds: tuple[int, ...]) -> str:
    counted = ((folds.count(fold), source) for source, fold in LEFT_OUT.items())
    return ", ".join(f"{count:,} of {source}" for count, source in counted if count)


def _loss(spec: GanSpec, base: str) -> str:
    parts = [base]
    if spec.pixel_norm:
        parts.append(f"{spec.pixel_norm.upper()} term {spec.pixel_weight:g}")
    if spec.feature_matching:
        parts.append(f"feature matching {spec.feature_matching:g}")
    return ", ".join(parts)


def _length(steps: Sequence[int | None], epochs: int, words: str) -> str:
    counted = sorted({n for n in steps if n})
    told = [f"{' / '.join(f'{n:,}' for n in counted)} {words}"] if counted else []
    if any(not n for n in steps):
        told.append(f"{epochs} epochs")
    return " or ".join(told)
