"""How good a generator's draws are while it trains, beside real against real."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.metrics import diversity, kid_of_features, random_features

FloatArray = npt.NDArray[np.float32]
DRAWS = 64
PAIRS = 60


class Judge:
    """Measures draws against the class's originals (n, 64, 64), whose features it keeps."""

    def __init__(self, originals: FloatArray) -> None:
        self._originals = originals
        self._features = random_features(originals)
        self._real = diversity(originals, pairs=PAIRS)
        self.wanted = DRAWS

    def look(self, drawn: FloatArray) -> tuple[tuple[str, float], ...]:
        """diversity and kid of draws (m, 64, 64), each with the band of real against real."""
        found = [
            ("diversity", diversity(drawn, pairs=PAIRS).value),
            ("diversity_real_low", self._real.low),
            ("diversity_real_high", self._real.high),
        ]
        if len(self._originals) >= 4:
            kid = kid_of_features(self._features, random_features(drawn))
            found += [
                ("kid", kid.value),
                ("kid_real_low", kid.band_low),
                ("kid_real_high", kid.band_high),
            ]
        return tuple(found)
