"""The technical words of the readers' results, each in one plain sentence with its source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A technical word as it is printed; `pattern` finds it in a text."""

    word: str
    pattern: str
    sentence: str
    source: str

    @property
    def line(self) -> str:
        """`Wilson: an interval … (Wilson 1927, JASA 22:209).`"""
        return f"{self.word}: {self.sentence} ({self.source})."


TERMS = (
    Term(
        "Wilson",
        r"\bWilson",
        "an interval of a share that stays within 0 and 100 % and holds the true share about as "
        "often as it says, in small groups too",
        "Wilson 1927, JASA 22:209",
    ),
    Term(
        "McNemar",
        r"\bMcNemar",
        "compares two readers of the same ROIs by the ROIs that only one of them has right",
        "McNemar 1947, Psychometrika 12:153",
    ),
    Term(
        "discordant",
        r"\bdiscordant",
        "ROIs that one of the two has right and the other wrong",
        "McNemar 1947, Psychometrika 12:153",
    ),
    Term(
        "patients as units",
        r"\b(as units|Obuchowski\)|Obuchowski 1998)",
        "the lesions of one patient are alike, so the test counts patients and not lesions",
        "Obuchowski 1998, Stat Med 17:1495",
    ),
    Term(
        "Holm",
        r"\bHolm\b",
        "makes each p larger for the number of pairs compared, so that all together call equal "
        "readers different in 5 of 100 studies at most",
        "Holm 1979, Scand J Stat 6:65",
    ),
    Term(
        "Cochran's Q",
        r"\bCochran",
        "tests whether three or more readers are right equally often on the same ROIs",
        "Cochran 1950, Biometrika 37:256",
    ),
    Term(
        "Newcombe",
        r"\bNewcombe",
        "an interval of the difference of two shares of the same ROIs, made of their Wilson "
        "intervals",
        "Newcombe 1998, Stat Med 17:2635",
    ),
    Term(
        "Rao-Scott",
        r"\bRao",
        "lowers n where lesions of one patient are right or wrong together, since they then tell "
        "less than as many patients would",
        "Rao & Scott 1992, Biometrics 48:577",
    ),
    Term(
        "design effect",
        r"\b[Dd]esign effect",
        "how many times larger the variance is because lesions come several to a patient; 1 is "
        "none",
        "Rao & Scott 1992, Biometrics 48:577",
    ),
    Term(
        "effective n",
        r"\b[Ee]ffective (n\b|sample size)",
        "the number of unrelated lesions that would tell as much",
        "Rao & Scott 1992, Biometrics 48:577",
    ),
    Term(
        "Cohen's kappa",
        r"\bCohen|κ",
        "how far two readers agree beyond chance, chance taken from how often each names a class: "
        "1 is always, 0 no more than chance",
        "Cohen 1960, Educ Psychol Meas 20:37",
    ),
    Term(
        "Fleiss' kappa",
        r"\bFleiss",
        "agreement of several readers beyond chance, the readers taken as interchangeable",
        "Fleiss 1971, Psychol Bull 76:378",
    ),
    Term(
        "Conger's kappa",
        r"\bConger",
        "agreement of several named readers beyond chance: Cohen's kappa for more than two",
        "Conger 1980, Psychol Bull 88:322",
    ),
    Term(
        "Brennan-Prediger",
        r"\bBrennan",
        "agreement beyond chance where chance is one in as many as there are classes",
        "Brennan & Prediger 1981, Educ Psychol Meas 41:687",
    ),
    Term(
        "Gwet's AC1",
        r"\bGwet|\bAC1\b",
        "agreement beyond chance that stays sensible where nearly all ROIs are of one class",
        "Gwet 2008, Br J Math Stat Psychol 61:29",
    ),
    Term(
        "Krippendorff's alpha",
        r"\bKripp",
        "agreement beyond chance for any number of readers, with missing answers allowed",
        "Krippendorff 2011, Computing alpha-reliability",
    ),
    Term(
        "d'",
        r"\bd'",
        "how well a reader tells synthetic from real, in standard deviations: 0 is not at all",
        "Macmillan & Creelman 2005, Detection Theory",
    ),
    Term(
        "criterion c",
        r"\b[Cc]riterion\b|^c$|; c [−.\d]|\bd' and c\b",
        "which answer the reader leans to: 0 to neither, above 0 to “real”, below to “synthetic”",
        "Macmillan & Creelman 2005, Detection Theory",
    ),
    Term(
        "log-linear correction",
        r"\blog-linear",
        "half an answer is added to each count, so that d' exists for a reader without an error",
        "Hautus 1995, Behav Res Methods 27:46",
    ),
    Term(
        "balanced accuracy",
        r"\b[Bb]alanced accuracy",
        "the mean of the shares of real and of synthetic ROIs that are told rightly; always "
        "saying “real” scores 50 %",
        "Brodersen et al. 2010, ICPR 3121",
    ),
    Term(
        "MOVER",
        r"\bMOVER",
        "an interval of a sum or mean, made of the intervals of its parts",
        "Zou & Donner 2008, Stat Med 27:1693",
    ),
    Term(
        "TOST",
        r"\bTOST|two one-sided|\b[Ee]quivalence|\bequivalence",
        "two one-sided tests: both must show the value within the margin, so a small study cannot "
        "pass for lack of data",
        "Schuirmann 1987, J Pharmacokinet Biopharm 15:657",
    ),
    Term(
        "exact binomial test",
        r"\b[Bb]inomial",
        "how likely a count at least as far off is, were every answer right with the share that "
        "always giving the commoner answer scores",
        "Conover 1999, Practical Nonparametric Statistics, ch. 3",
    ),
    Term(
        "ROC",
        r"\bROC\b",
        "sensitivity against false alarms at every cut of the rating",
        "Metz 1978, Semin Nucl Med 8:283",
    ),
    Term(
        "AUC",
        r"\bAUC\b",
        "the chance that a lesion of the class is rated above one of another; .5 is guessing, 1 "
        "perfect",
        "Hanley & McNeil 1982, Radiology 143:29",
    ),
    Term(
        "DeLong",
        r"\bDeLong",
        "the standard error of an AUC from how each lesion ranks among those of the other kind",
        "DeLong et al. 1988, Biometrics 44:837",
    ),
    Term(
        "logit",
        r"\b[Ll]ogit",
        "the interval is made on a scale without ends and brought back, so that it holds areas "
        "near 1 as often as it says",
        "Pepe 2003, The Statistical Evaluation of Medical Tests, p. 107; Qin & Hotilovac 2008, "
        "Stat Methods Med Res 17:207",
    ),
    Term(
        "MRMC",
        r"\bMRMC\b|\b[Mm]ulti-reader",
        "multi-reader multi-case: several readers read the same cases, and both are taken as "
        "samples",
        "Obuchowski & Rockette 1995, Commun Stat 24:285",
    ),
    Term(
        "Obuchowski-Rockette",
        r"\bObuchowski(-| & )Rockette",
        "compares conditions by an analysis of variance of each reader's figure, corrected for "
        "readers having read the same cases",
        "Obuchowski & Rockette 1995, Commun Stat 24:285",
    ),
    Term(
        "RRRC (readers and cases random)",
        r"\bRRRC\b|[Rr]eaders and cases( as)? random",
        "the result is meant for other readers and other patients too",
        "Hillis 2007, Stat Med 26:596",
    ),
    Term(
        "FRRC (these readers, cases random)",
        r"\bFRRC\b|these readers, cases random|\bcases only",
        "the result holds for these readers only, on other patients",
        "Hillis 2007, Stat Med 26:596",
    ),
    Term(
        "RRFC (readers random, these cases)",
        r"\bRRFC\b|readers random, these cases",
        "the result is meant for other readers, but on these patients only",
        "Hillis 2007, Stat Med 26:596",
    ),
    Term(
        "df",
        r"\bdf\b|degrees of freedom",
        "degrees of freedom: the smaller, the wider the interval; Hillis' keep the test honest "
        "with few readers",
        "Hillis 2007, Stat Med 26:596",
    ),
    Term(
        "jackknife",
        r"\b[Jj]ackknife",
        "the spread over cases is found by leaving each case out in turn",
        "Quenouille 1956, Biometrika 43:353",
    ),
    Term(
        "SE",
        r"\bSE\b",
        "standard error: how far the value would scatter in a repeated study",
        "Altman & Bland 2005, BMJ 331:903",
    ),
    Term(
        "generalised estimating equations",
        r"\bgeneralised estimating|\bGEE\b",
        "a trend over trials that allows for trials of one patient being alike",
        "Liang & Zeger 1986, Biometrika 73:13",
    ),
    Term(
        "Mancl-DeRouen",
        r"\bMancl",
        "widens the intervals of such a trend where patients are few",
        "Mancl & DeRouen 2001, Biometrics 57:126",
    ),
    Term(
        "order statistics",
        r"\border statistics",
        "the interval of a median runs from one of the sorted values to another",
        "Conover 1999, Practical Nonparametric Statistics, ch. 3",
    ),
)


def terms_in(text: str) -> tuple[Term, ...]:
    """The technical words that a text uses, in the order of the glossary.

    Example: terms_in("exact McNemar p .50 (12 v 8 discordant)") -> McNemar, discordant.
    """
    return tuple(term for term in TERMS if re.search(term.pattern, text))


def explained(texts: Iterable[str]) -> str:
    """A line a technical word in any of the texts, "" without one.

    Example: explained(["95 % Wilson"]) -> "Wilson: an interval of a share that stays …".
    """
    return "\n".join(term.line for term in terms_in("\n".join(texts)))
