"""The one-line reading of each number, with its method beside every p."""

from __future__ import annotations

import math

from studies.records import ClassScheme
from studies.report.classifier import ArmComparison
from studies.report.pairing import RaterPair
from studies.report.readers import Detection, Gap, ReaderResults, between_people
from studies.report.table import area_text
from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.p_value import p_text as p_text
from studies.statistics.proportions import Proportion, wilson

LEVEL = 0.05


def reader_sentences(results: ReaderResults) -> tuple[str, ...]:
    """What Table 4 says, in words: prevalence first, then who was right more often."""
    return (
        *_origin_sentences(results),
        *_pair_sentences(results),
        *unfinished_sentences(results),
    )


def unfinished_sentences(results: ReaderResults) -> tuple[str, ...]:
    """Whose figures rest on fewer items than were sealed; nothing where all have finished."""
    return tuple(map(_gap_words, results.gaps))


def _gap_words(gap: Gap) -> str:
    stage = f" in stage {gap.stage}" if gap.stage else ""
    return (
        f"{gap.reader} has answered {gap.answered} of {gap.planned} ROIs{stage}; the figures of "
        f"{gap.reader} rest on these."
    )


def _origin_sentences(results: ReaderResults) -> tuple[str, ...]:
    judged = [(s, s.detection) for s in results.scores if s.detection is not None]
    if not judged:
        return ()
    word, scored = commoner_answer(results)
    lead = f"Always saying “{word}” scores {scored.percent} %."
    differ = [(s.reader, d) for s, d in judged if d.prevalence.p < LEVEL]
    same = [(s.reader, d) for s, d in judged if d.prevalence.p >= LEVEL]
    parts = [lead]
    if same:
        names = join_words([name for name, _ in same])
        values = join_words([p_text(d.prevalence.p) for _, d in same])
        verb = "is" if len(same) == 1 else "are"
        parts.append(f"{names} {verb} not shown to differ from it: exact binomial p {values}.")
    for name, detection in differ:
        better = detection.counts.correct / detection.prevalence.n > detection.prevalence.null
        word = "above" if better else "below"
        parts.append(f"{name} is {word} it: exact binomial p {p_text(detection.prevalence.p)}.")
    return (" ".join(parts),)


def commoner_answer(results: ReaderResults) -> tuple[str, Proportion]:
    """The origin that most sealed items have, and what saying it throughout would score.

    The exact binomial test is against it: where most items are synthetic, “real” is no guess.
    """
    real = results.always_real
    if 2 * real.successes >= real.n:
        return "real", real
    return "synthetic", wilson(real.n - real.successes, real.n)


def _pair_sentences(results: ReaderResults) -> tuple[str, ...]:
    between = between_people(results) or tuple(p for p in results.pairs if not p.within)
    return tuple(pair_sentence(p) for p in between[:3] if p.outcomes.n)


def pair_sentence(pair: RaterPair) -> str:
    """Who classed more items right, with both percentages, exact p and the discordant counts.

    Where several pairs are compared the p adjusted by Holm stands beside, and decides.
    """
    table = pair.outcomes.table
    first, second = table.both + table.only_first, table.both + table.only_second
    lead, other = (pair.first, pair.second) if first >= second else (pair.second, pair.first)
    high, low = sorted((100 * first / table.n, 100 * second / table.n), reverse=True)
    split = sorted((table.only_first, table.only_second), reverse=True)
    alone = math.isnan(pair.p_holm)
    adjusted = "" if alone else f", Holm {p_text(pair.p_holm)}"
    test = (
        f"{high:.1f} v {low:.1f} % of {table.n}, exact McNemar p {p_text(pair.mcnemar.p)}"
        f"{adjusted} ({split[0]} v {split[1]} discordant)"
    )
    if (pair.mcnemar.p if alone else pair.p_holm) < LEVEL:
        return f"{lead} classed more items right than {other}: {test}."
    return f"{lead} and {other} are not shown to differ in class: {test}."


def lean(detection: Detection) -> str:
    """Where the criterion leans, in words; its interval decides."""
    c = detection.criterion
    if c.low <= 0 <= c.high:
        return "leans to neither"
    return "leans to “real”" if c.value > 0 else "leans to “synthetic”"


def roc_sentences(results: ReaderResults, scheme: ClassScheme) -> tuple[str, ...]:
    """Each reader's areas in one line, with interval, method and numbers."""
    readers = dict.fromkeys(roc.reader for roc in results.rocs)
    return tuple(
        f"{reader}: AUC "
        + "; ".join(
            f"{scheme.category(roc.category).name} v rest {area_text(roc.auc)}"
            for roc in results.rocs
            if roc.reader == reader
        )
        + "; real ROIs, empirical, logit of DeLong's interval."
        for reader in readers
    )


def detection_sentence(name: str, detection: Detection) -> str:
    """Whether the reader is shown to tell synthetic from real."""
    d = detection.d_prime
    told = "tells synthetic from real" if d.low > 0 else "is not shown to tell synthetic from real"
    if d.high < 0:
        told = "takes real for synthetic more often than the reverse"
    return (
        f"{name} {told}: d' {without_zero(d.value)} [{without_zero(d.low)}, "
        f"{without_zero(d.high)}], n {d.n}; c {without_zero(detection.criterion.value)}, "
        f"{lean(detection)}."
    )


def equivalence_text(detection: Detection) -> str:
    """Whether balanced accuracy is shown to be that of guessing, with margin and p."""
    test = detection.equivalence
    verdict = "shown" if test.p < LEVEL else "not shown"
    return (
        f"Equivalence to guessing within {100 * test.margin:.0f} points is {verdict}: "
        f"p {p_text(test.p)}, {test.method}."
    )


def map_quality(measures: tuple[tuple[str, float], ...]) -> str:
    """How far a t-SNE map may be believed: trustworthiness and kNN accuracy, as far as stored."""
    known = dict(measures)
    named = (
        ("trustworthiness", "trustworthiness"),
        ("knn_map", "10-NN accuracy on the map"),
        ("knn_features", "on the features"),
    )
    parts = [f"{words} {without_zero(known[name])}" for name, words in named if name in known]
    return ", ".join(parts)


def map_settings(measures: tuple[tuple[str, float], ...]) -> str:
    """Perplexity and seed of a t-SNE map, as far as stored."""
    known = dict(measures)
    words = [f"perplexity {round(known['perplexity'], 1):g}"] if "perplexity" in known else []
    return ", ".join([*words, f"seed {known['seed']:.0f}"] if "seed" in known else words)


def comparison_sentence(comparison: ArmComparison) -> str:
    """Difference of two arms on the same lesions, with interval and exact p."""
    d, test = comparison.difference, comparison.mcnemar
    table = test.table
    points = f"{100 * d.value:+.1f} points [{100 * d.low:.1f}, {100 * d.high:.1f}]"
    selected = " Groups chosen on these folds: p describes only." if comparison.is_selected else ""
    return (
        f"{comparison.first} v {comparison.second}: {points.replace('-', '−')}, "
        f"exact McNemar p {p_text(test.p)}, "
        f"{table.only_first} v {table.only_second} discordant of {table.n}.{selected}"
    )


def join_words(words: list[str]) -> str:
    """a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
