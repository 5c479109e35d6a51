"""The words around the maps: below them, in their heads, and under the pointer."""

from __future__ import annotations

from reader_app.state.results_loading import LoadedResults, NetworkMap
from studies.report.sentences import map_quality, map_settings


def quality_words(shown: NetworkMap) -> str:
    """Trustworthiness and kNN accuracy with the points they rest on."""
    points = shown.embedding.points
    quality = map_quality(shown.embedding.measures)
    judged = dict(shown.embedding.measures).get("judged")
    n = f"n\u00a0{judged:,.0f}" if judged is not None else ""
    if judged is not None and judged < len(points):
        n += f" of {len(points):,}"
    words = ", ".join(part for part in (quality, f"{n} points" if n else "") if part)
    return words[:1].upper() + words[1:]


def count_words(shown: NetworkMap, wrong: str, synthetic: int = 0) -> str:
    """`61 lesions, 20 synthetic, 305 augmentations`; `12 of 61 wrong` where errors are coloured."""
    if wrong:
        return wrong
    augmented = sum(p.augmented for p in shown.embedding.points)
    lesions = len(shown.embedding.points) - augmented
    made = f", {synthetic:,} synthetic" if synthetic else ""
    return f"{lesions:,} lesions{made}, {augmented:,} augmentations"


def note(shown: tuple[NetworkMap, ...], *, folds: bool = False, synthetic: bool = False) -> str:
    """What the maps are, how they were made, and how to go about on them.

    `folds`: several folds of one network side by side; `synthetic`: synthetic ROIs are shown.
    """
    if not shown:
        return ""
    settings = map_settings(shown[0].embedding.measures)
    told = f", {settings}" if settings else ""
    linked = " A lesion chosen or marked in one map is so in both." if len(shown) > 1 else ""
    if folds:
        linked = " Folds are unrelated spaces: compare groupings between maps, never places."
    placed = (
        " Hollow: synthetic ROIs, placed on the finished map, which they do not move."
        if synthetic
        else ""
    )
    return (
        f"Features of the last layer for the network's own test lesions, t-SNE{told}. "
        f"Distances between groups carry no meaning.{linked}{placed} Arrow keys go to the next "
        "lesion, Space marks it, Enter opens its slice, + and − zoom, 0 shows all."
    )


def short_quality(shown: NetworkMap) -> str:
    """Trustworthiness and kNN accuracy for a narrow panel, `Trust .98 · 10-NN .74`."""
    measures = dict(shown.embedding.measures)
    parts = [
        f"{words} {measures[name]:.2f}".replace(" 0.", " .")
        for words, name in (("Trust", "trustworthiness"), ("10-NN", "knn_map"))
        if name in measures
    ]
    return " · ".join(parts)


def lesion_words(loaded: LoadedResults, shown: NetworkMap) -> tuple[tuple[int, str], ...]:
    """What is said of each lesion of a map under the pointer, readers after unblinding only."""
    names = {one.code: one.name for one in loaded.study.scheme.categories}
    said = {one.lesion_id: one for one in shown.said}
    readings = {one.lesion_id: one for one in loaded.reader_marks}
    on_map = {p.lesion_id for p in shown.embedding.points}
    told = []
    for lesion in loaded.lesions:
        if lesion.id not in on_map:
            continue
        lines = [f"{lesion.patient} · {lesion.name}", names.get(lesion.category, lesion.category)]
        if (own := said.get(lesion.id)) is not None:
            sure = f" {100 * max(own.probabilities):.0f} %" if own.probabilities else ""
            lines.append(f"{shown.name} says {names.get(own.predicted, own.predicted)}{sure}")
        if (mark := readings.get(lesion.id)) is not None:
            lines.append(f"{mark.right} of {mark.asked} readings right")
        told.append((lesion.id, "\n".join(lines)))
    return tuple(told)
