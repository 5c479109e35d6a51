"""The maps on the screen as the report's figure, for a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reader_app.state.results_loading import LoadedResults, NetworkMap
from reader_app.state.results_synthetic import PlacedRoi

if TYPE_CHECKING:
    from studies.report.drawing import Figure


def figure_of(
    loaded: LoadedResults,
    shown: tuple[NetworkMap, ...],
    made: tuple[PlacedRoi, ...],
    *,
    aside: bool,
) -> Figure:
    """The shown maps side by side, with the synthetic ROIs `made`; `aside`: folds of a network."""
    from studies.report.figures import FoldMap, map_figure

    wanted = {one.id for one in made}
    maps = tuple(
        FoldMap(
            f"{one.name}, {one.fold.lower()}",
            replace(
                one.embedding,
                synthetic=tuple(p for p in one.embedding.synthetic if p.synthetic_id in wanted),
            ),
            one.run.simulated,
        )
        for one in shown
    )
    which = shown[0].name if aside else shown[0].fold.lower()
    return map_figure(
        f"tsne_{which.replace(' ', '_').lower()}",
        f"t-SNE of the last layer, {which}",
        maps,
        tuple((one.id, one.category) for one in loaded.lesions),
        loaded.study.scheme,
        tuple((one.id, one.category) for one in made),
    )
