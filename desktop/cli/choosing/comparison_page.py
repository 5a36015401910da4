"""What `likeness compare` measured, as one page that needs no other file."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from html import escape

from desktop.cli.said.html import page, table
from desktop.library.comparing.comparison import ComparedHit, ComparedPhoto, Comparison, Plane

PLANE_PX = 280
_MARGIN_PX = 8

_STYLE = """
.row { display: flex; gap: .4rem; flex-wrap: wrap; align-items: flex-start; margin: .2rem 0 }
.row b { flex: 0 0 100%; font-weight: 600; font-size: .85rem }
figure { margin: 0; width: 96px; font-size: .75rem } figcaption { text-align: center }
img { width: 90px; height: 90px; object-fit: cover; border: 3px solid; border-radius: 6px }
.asked { border-top: 1px solid #8885; padding-top: 1rem; margin-top: 1rem }
.key span { display: inline-block; margin-right: 1rem }
.key i { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin-right: .3em }
"""
_SAME, _OTHER = "#2e8b57", "#b5524a"


def comparison_page(found: Comparison, tables: Sequence[Sequence[Sequence[str]]]) -> str:
    """HTML. tables: each begins with its headings."""
    colours = _colours(found.labels)
    parts = [
        f"<p>{found.n_photos:,} photos with {len(found.labels):,} labels, in "
        f"{escape(found.folder)}. Each photo is asked which others resemble it most.</p>"
    ]
    parts += [f"<div class='side'>{table(rows, headings)}</div><br>" for headings, *rows in tables]
    parts.append(
        "<h2>How each model sees them</h2><p>The two directions in which its embeddings differ "
        "most; photos that lie together resemble each other.</p><div class='key'>"
    )
    parts += [
        f"<span><i style='background:{colour}'></i>{escape(label)}</span>"
        for label, colour in colours.items()
    ]
    planes = "".join(_plane(each, colours) for each in found.planes)
    parts += [f"</div><div class='side'>{planes}</div>"]
    parts.append(
        "<h2>Some photos, and what resembles them</h2><p>A green frame says that the label is the "
        "same. Below each are its score, and how many of the models show it.</p>"
    )
    parts += [_example(each, len(found.models)) for each in found.examples]
    return page("Models side by side", parts, _STYLE)


def _colours(labels: Sequence[str]) -> dict[str, str]:
    """As far apart as they can be."""
    hues = [at / len(labels) for at in range(len(labels))]
    rgb = [colorsys.hls_to_rgb(hue, 0.5, 0.6) for hue in hues]
    hexes = ["#" + "".join(f"{round(255 * part):02x}" for part in each) for each in rgb]
    return dict(zip(labels, hexes, strict=True))


def _plane(plane: Plane, colours: dict[str, str]) -> str:
    side = PLANE_PX - 2 * _MARGIN_PX
    dots = "".join(
        f"<circle cx='{_MARGIN_PX + x * side:.1f}' cy='{_MARGIN_PX + (1 - y) * side:.1f}' r='2.5' "
        f"fill='{colours[label]}'/>"
        for x, y, label in plane.points
    )
    size = f"width='{PLANE_PX}' height='{PLANE_PX}'"
    return (
        f"<figure style='width:{PLANE_PX}px'><svg {size} role='img' "
        f"aria-label='Photos as {escape(plane.name)} sees them'>{dots}</svg>"
        f"<figcaption>{escape(plane.name)}</figcaption></figure>"
    )


def _example(each: ComparedPhoto, n_models: int) -> str:
    rows = ""
    for name, hits in each.rows.items():
        figures = "".join(_hit(hit, n_models) for hit in hits)
        rows += f"<div class='row'><b>{escape(name)}</b>{figures}</div>"
    asked = _figure(each.picture, each.label, "#8a8f98", each.label)
    return f"<div class='asked'><div class='row'>{asked}</div>{rows}</div>"


def _hit(hit: ComparedHit, n_models: int) -> str:
    seen = f" · {hit.n_models} of {n_models}" if n_models > 1 else ""
    colour = _SAME if hit.is_same_label else _OTHER
    return _figure(hit.picture, hit.label, colour, f"{hit.score:.2f}{seen}")


def _figure(picture: str, label: str, colour: str, caption: str) -> str:
    return (
        f"<figure><img alt='{escape(label)}' title='{escape(label)}' style='border-color:{colour}' "
        f"src='data:image/jpeg;base64,{picture}'><figcaption>{escape(caption)}</figcaption></figure>"
    )
