"""Looks at the drawings of reports: is any text outside its drawing?"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from PIL import ImageFont

SVG = "{http://www.w3.org/2000/svg}"


@cache
def font(size: float) -> ImageFont.FreeTypeFont:
    import matplotlib

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), 100 * size)


def outside(svg: str) -> list[str]:
    """Texts of a drawing that leave its view box, set in DejaVu Sans."""
    root = ElementTree.fromstring(svg)
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    found = []
    for one in root.iter(f"{SVG}text"):
        size, x, y = (float(one.attrib[name]) for name in ("font-size", "x", "y"))
        long = font(size).getlength(one.text or "") / 100
        if "transform" in one.attrib:
            x, y, width_of, height_of = height - y, x, height, width
        else:
            width_of, height_of = width, height
        start = {"start": x, "middle": x - long / 2, "end": x - long}[one.attrib["text-anchor"]]
        bad = start < -1 or start + long > width_of + 1 or y > height_of or y < 0.7 * size
        if bad:
            found.append(f"{one.text} {start:.0f}..{start + long:.0f} of {width_of:.0f}, {y:.0f}")
    return found
