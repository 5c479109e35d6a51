"""Networks drawn from their specs: the paper's Fig. 2 (CNN) and Fig. 5 (generator)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from studies.report.drawing import Figure, drawn
from studies.report.lettering import wrapped
from studies.report.pictures import CLASSIFIER, Layer, NetworkDrawing
from studies.report.svg import GREY, INK, Canvas
from studies.report.table import Table

_WIDTH = 740.0
_A_FIGURE = 2  # networks: so many fit a page
_HIGH = 128.0  # px of the tallest block
_FACES = {CLASSIFIER: ("#dbe8f3", "#3a6f9c")}
_OTHER_FACE = ("#e7e3f2", "#6a63a8")


def network_figures(key: str, title: str, networks: Sequence[NetworkDrawing]) -> tuple[Figure, ...]:
    """These networks, two a figure: several figures get letters. None without networks."""
    pairs = [networks[k : k + _A_FIGURE] for k in range(0, len(networks), _A_FIGURE)]
    if len(pairs) == 1:
        return (_figure(key, title, pairs[0]),)
    number, words = title.split(". ", 1)
    return tuple(
        _figure(f"{key}_{letter}", f"{number} ({letter}). {words}", pair)
        for letter, pair in zip("abcdefghijklmnopqrstuvwxyz", pairs, strict=False)
    )


def _figure(key: str, title: str, networks: Sequence[NetworkDrawing]) -> Figure:
    """Networks below each other: blocks by side and channels, words and counts below."""
    high = _HIGH + 118
    canvas = Canvas(_WIDTH, high * len(networks) + 4)
    for k, network in enumerate(networks):
        _draw(canvas, high * k, network)
    note = (
        "Drawn from the spec of the runs. Height = side of the feature map, depth = channels "
        "(log scale); below each layer its output and its trainable parameters."
    )
    rows = tuple(_row(network, layer) for network in networks for layer in network.layers)
    columns = ("Network", "Layer", "Output", "Parameters")
    return drawn(canvas, key, title, note, columns=columns, rows=rows)


def network_table(networks: Sequence[NetworkDrawing]) -> Table:
    """Every layer of every network, with totals."""
    rows: list[tuple[str, ...]] = []
    for network in networks:
        rows += [_row(network, layer) for layer in network.layers]
        runs = f"{network.runs} run{'s' if network.runs != 1 else ''}"
        users = ", ".join(network.users)
        rows.append((network.title, f"Total; {runs}: {users}", "", f"{network.parameters:,}"))
    note = (
        "From the specs of the runs. The paper prints about 1.3 M parameters for its CNN and the "
        "layers of its generator, no kernel sizes or widths of the CNN."
    )
    columns = ("Network", "Layer", "Output", "Parameters")
    return Table("networks", "Networks by layer", columns, tuple(rows), note)


def _row(network: NetworkDrawing, layer: Layer) -> tuple[str, ...]:
    return (network.title, layer.words, shape_words(layer.shape), f"{layer.parameters:,}")


def shape_words(shape: tuple[int, ...]) -> str:
    """`64 x 64 x 1`, side first as the paper writes it; `128` for units."""
    if len(shape) == 1:
        return str(shape[0])
    channels, rows, columns = shape
    return f"{rows} × {columns} × {channels}"


def _draw(canvas: Canvas, top: float, network: NetworkDrawing) -> None:
    runs = f"{network.runs} run{'s' if network.runs != 1 else ''}"
    head = f"{network.title}: {network.parameters:,} parameters ({runs})"
    canvas.text((8, top + 16), head, 11, bold=True, room=_WIDTH - 16)
    count = len(network.layers)
    lane = (_WIDTH - 16) / count
    base = top + 34 + _HIGH
    for k, layer in enumerate(network.layers):
        middle = 8 + lane * (k + 0.5)
        _block(canvas, middle, base, lane, layer, network.role)
        if k + 1 < count:
            x = 8 + lane * (k + 1)
            canvas.arrow((x - 5, base - 8), (x + 6, base - 8), GREY, 0.9)
        _words(canvas, middle, base + 14, lane - 4, layer)


def _block(
    canvas: Canvas, middle: float, base: float, lane: float, layer: Layer, role: str
) -> None:
    """A cuboid for a feature map, a thin column for units."""
    face, edge = _FACES.get(role, _OTHER_FACE)
    if len(layer.shape) == 1:
        high = 16 + 62 * min(1.0, math.log2(1 + layer.shape[0]) / 11)
        canvas.rect((middle - 4, base - high), (8, high), face, edge=edge)
        return
    channels, rows, _ = layer.shape
    high = 14 + (_HIGH - 40) * math.sqrt(rows / 64)
    wide = min(lane * 0.5, 6 + 3.2 * math.log2(1 + channels))
    slant = min(lane * 0.18, 4 + 8 * math.sqrt(rows / 64))
    left, top = middle - (wide + slant) / 2, base - high
    canvas.rect((left, top), (wide, high), face, edge=edge)
    upper = ((left, top), (left + slant, top - slant), (left + wide + slant, top - slant))
    canvas.polygon((*upper, (left + wide, top)), face, edge=edge, opacity=0.7)
    side = ((left + wide, top), (left + wide + slant, top - slant))
    foot = ((left + wide + slant, base - slant), (left + wide, base))
    canvas.polygon((*side, *foot), edge, edge=edge, opacity=0.35)


def _words(canvas: Canvas, middle: float, y: float, room: float, layer: Layer) -> None:
    for line in wrapped(layer.words, 8, room)[:4]:
        canvas.text((middle, y), line, 8, color=INK, anchor="middle", room=room)
        y += 10
    canvas.text((middle, y + 1), shape_words(layer.shape), 8, color=GREY, anchor="middle",
                room=room)  # fmt: skip
    if layer.parameters:
        words = f"{layer.parameters:,}"
        canvas.text((middle, y + 12), words, 8, color=GREY, anchor="middle", room=room)
