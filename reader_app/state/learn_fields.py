"""Every field of what a recipe trains: its value, the paper's size, and where that is from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from engine.experiment.recipe import Recipe, generator_of, sized
from engine.specs import AugmentationSpec, CnnSpec, GanSpec

PRINTED = "paper"
"""How a source begins that the paper prints."""
OURS = "ours, the paper does not say"
BEYOND = "ours, past the paper"
HELD_OUT = "ours, the paper holds none out; watched, nothing is chosen by them"
SOURCES = {
    "Classifier": {
        "classes": "the study's",
        "batch": "paper, section 2.2",
        "epochs": "paper, section 2.2",
        "learning_rate": "paper, section 2.2",
        "micro_batch": "ours, same result in smaller parts",
        "precision": "Settings",
        "slices": BEYOND,
    },
    "Generator": {
        "kind": "the arm",
        "classes": "the study's",
        "latent": "paper, section 3.2",
        "kernel": "paper, section 3.2",
        "leak": "paper, section 3.2",
        "batch": "paper, section 3.2",
        "learning_rate": "paper, section 3.2",
        "beta1": "paper, section 3.2",
        "beta2": "paper, section 3.2",
        "init_sd": "paper, section 3.2",
        "ngf": "paper, section 3.2 (4 x 4 x 1024)",
        "epochs": "paper, section 3.2",
        "precision": "Settings",
        "lecam": BEYOND,
        "ema": BEYOND,
        "discriminator_steps": BEYOND,
        "keep": BEYOND,
        "rollback": BEYOND,
        "pixel_norm": "paper, section 6, as future work",
        "pixel_weight": OURS,
        "feature_matching": BEYOND,
    },
    "Augmentation": {
        "rotations": "paper, section 3.1",
        "flips": "paper, section 3.1",
        "shifts": "paper, section 3.1",
        "scales": "paper, section 3.1",
        "angle_high": "paper, section 3.1",
        "shift_limit": "paper, section 3.1",
        "shift_fraction": "paper, section 3.1",
    },
}


@dataclass(frozen=True)
class FieldRow:
    """A field of a spec; `default` is the full-size value where it differs, else ""."""

    part: str
    name: str
    value: str
    default: str
    source: str


def field_rows(recipe: Recipe, classes: int, precision: str) -> tuple[FieldRow, ...]:
    """The classifier's, the generator's (where one is trained) and the augmentation's fields."""
    sizes = sized(recipe.profile, classes, precision)
    rows = list(_rows("Classifier", sizes.cnn, CnnSpec()))
    held = f"{recipe.validation} %"
    usual = "0 %" if recipe.validation else ""
    rows.append(FieldRow("Classifier", "validation patients", held, usual, HELD_OUT))
    left = ", ".join(recipe.leave_out)
    rows.append(
        FieldRow("Classifier", "ROIs left out", left or "none", "none" if left else "", OURS)
    )
    if recipe.uses_generators:
        planned = generator_of(recipe.kind, sizes, recipe)
        rows += _rows("Generator", planned.gan, GanSpec())
    return (*rows, *_rows("Augmentation", sizes.augmentation, AugmentationSpec()))


def _rows(part: str, spec: Any, whole: Any) -> list[FieldRow]:
    sources = SOURCES[part]
    found = []
    for one in fields(spec):
        value, usual = _words(getattr(spec, one.name)), _words(getattr(whole, one.name))
        name = one.name.replace("_", " ")
        source, differs = sources.get(one.name, OURS), usual != value
        if differs and source.startswith(PRINTED):
            source = f"profile or arm ({source}, at full size)"
        found.append(FieldRow(part, name, value, usual if differs else "", source))
    return found


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return " · ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value == "" else str(value)
