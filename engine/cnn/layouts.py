"""Layouts of the classifier that fit what the paper prints of it.

Section 2.2 says "three pairs of convolution and max-pooling, two dense layers, about 1.3 M
parameters" and prints neither kernels nor widths; many usual layouts fit. None is "the" network.
"""

from __future__ import annotations

from dataclasses import replace

from engine.errors import EngineError
from engine.specs import CnnSpec

LAYOUTS: tuple[tuple[str, CnnSpec], ...] = (
    ("32-64-128 k5", CnnSpec()),  # 1,306,115 parameters, the default
    ("64-128-128 k3", CnnSpec(channels=(64, 128, 128), kernel=3)),  # 1,271,171 parameters
)


def with_layout(spec: CnnSpec, name: str) -> CnnSpec:
    """The recipe with the channels, kernel and dense layer of a layout in LAYOUTS.

    Raises EngineError for another name.
    """
    for known, layout in LAYOUTS:
        if known == name:
            return replace(spec, channels=layout.channels, kernel=layout.kernel, dense=layout.dense)
    names = ", ".join(known for known, _ in LAYOUTS)
    raise EngineError(f"There is no layout “{name}”; choose one of {names}.")
