"""How near synthetic ROIs are to real ones, how varied they are, and what their grain tells.

No pretrained network is used: features come from a fixed random network, or from any function
that the caller gives (a fold's own classifier). Values of different feature functions, and of
different studies, do not compare; the real-v-real band beside each value is its yardstick.

KID and the Frechet distance are not taken from torchmetrics' classes, though tests hold ours
against them: these draw their blocks from torch's global generator, know no band of real against
real and no interval, and the Frechet class needs the eigenvalues of a d x d product, which with
fewer ROIs than features is singular.
"""

from __future__ import annotations

from engine.metrics.distance import frechet, mmd2
from engine.metrics.features import (
    NETWORK_SEED,
    RANDOM,
    Features,
    blind_features,
    classifier_features,
    random_features,
)
from engine.metrics.manifold import Manifold, manifold
from engine.metrics.nearness import Banded, Kid, Nearness, kid, kid_of_features, nearness
from engine.metrics.report import OWN, NearnessReport, report_nearness
from engine.metrics.similarity import MS_SSIM_WEIGHTS, Diversity, diversity, ms_ssim, ssim_terms
from engine.metrics.spectrum import (
    Checkerboard,
    Spectrum,
    SpectrumDistance,
    checkerboard,
    radial_spectra,
    radial_spectrum,
    spectrum_distance,
)

__all__ = [
    "MS_SSIM_WEIGHTS",
    "NETWORK_SEED",
    "OWN",
    "RANDOM",
    "Banded",
    "Checkerboard",
    "Diversity",
    "Features",
    "Kid",
    "Manifold",
    "Nearness",
    "NearnessReport",
    "Spectrum",
    "SpectrumDistance",
    "blind_features",
    "checkerboard",
    "classifier_features",
    "diversity",
    "frechet",
    "kid",
    "kid_of_features",
    "manifold",
    "mmd2",
    "ms_ssim",
    "nearness",
    "radial_spectra",
    "radial_spectrum",
    "random_features",
    "report_nearness",
    "spectrum_distance",
    "ssim_terms",
]
