"""What `likeness evaluate` measured, as one page that needs no other file: figures, plots, and
some questions with the photos that answered them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from desktop.cli.said.html import page, table
from desktop.library.evaluation import Evaluation, Example, SetFigures, ShownHit

PLOT_PX = 260
_MARGIN_PX = 34
_COLOURS = {"likely": "#2e8b57", "maybe": "#c98a1b", "unlikely": "#8a8f98"}
_VERDICT_COLOURS = {"found": "#2e8b57", "weak": "#c98a1b", "nothing": "#8a8f98"}

_STYLE = """
.row { display: flex; gap: .5rem; flex-wrap: wrap; margin: .25rem 0 .75rem }
figure { margin: 0; width: 112px; font-size: .75rem } figcaption { text-align: center }
img { width: 112px; height: 112px; object-fit: cover; border: 3px solid; border-radius: 6px }
.none { opacity: .6 }
"""


def page_of(
    found: Evaluation,
    summary: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[tuple[str, str]]],
) -> str:
    """HTML. summary, rows: names and figures, of everything and of each set."""
    parts = [f"<p>{escape(found.folder)}</p>", table(summary)]
    for each, figures in zip(found.sets, rows, strict=True):
        parts += [
            f"<h2>{escape(each.name.capitalize())}</h2><div class='side'>",
            table(figures),
            f"<div>{_reliability(each)}{_verdicts(each)}</div></div>",
        ]
    if found.examples:
        parts.append(
            "<h2>Some questions</h2><p>First as they are, then with the right photos taken out. "
            "A tick says that the photo is right; the colour of the frame is its band.</p>"
        )
    parts += [_example(each) for each in found.examples]
    return page(f"Evaluation of {found.model_id}", parts, _STYLE)


def _reliability(each: SetFigures) -> str:
    """Said against right; on the diagonal the probabilities are true."""
    most = max((one.n_hits for one in each.reliability), default=1)
    dots = "".join(
        f"<circle cx='{_x(one.said):.1f}' cy='{_y(one.right):.1f}' "
        f"r='{3 + 7 * (one.n_hits / most) ** 0.5:.1f}' fill='#3b7dd8' fill-opacity='.75'>"
        f"<title>said {one.said:.2f}, right {one.right:.2f}, {one.n_hits:,} hits</title></circle>"
        for one in each.reliability
    )
    ticks = "".join(
        f"<text x='{_x(v):.0f}' y='{PLOT_PX - 16}' text-anchor='middle'>{v:g}</text>"
        f"<text x='{_MARGIN_PX - 6}' y='{_y(v) + 4:.0f}' text-anchor='end'>{v:g}</text>"
        for v in (0, 0.5, 1)
    )
    return (
        f"<svg width='{PLOT_PX}' height='{PLOT_PX}' role='img' aria-label='Reliability'>"
        f"<rect x='{_x(0):.0f}' y='{_y(1):.0f}' width='{_x(1) - _x(0):.0f}' "
        f"height='{_y(0) - _y(1):.0f}' fill='none' stroke='currentColor' stroke-opacity='.4'/>"
        f"<line x1='{_x(0):.0f}' y1='{_y(0):.0f}' x2='{_x(1):.0f}' y2='{_y(1):.0f}' "
        f"stroke='currentColor' stroke-opacity='.4' stroke-dasharray='4 4'/>{ticks}{dots}"
        f"<text x='{PLOT_PX / 2:.0f}' y='{PLOT_PX - 3}' text-anchor='middle'>"
        "said to be right, against what was right</text></svg>"
    )


def _verdicts(each: SetFigures) -> str:
    """Bars: how questions with photos and without were answered."""
    rows = []
    for at, (name, counts) in enumerate(
        (("present", each.verdicts.present), ("absent", each.verdicts.absent))
    ):
        total, left, top = max(sum(counts.values()), 1), 60.0, 8 + 26 * at
        rows.append(f"<text x='54' y='{top + 14}' text-anchor='end'>{name}</text>")
        for verdict, n in counts.items():
            width = (PLOT_PX - 64) * n / total
            rows.append(
                f"<rect x='{left:.1f}' y='{top}' width='{width:.1f}' height='20' "
                f"fill='{_VERDICT_COLOURS[verdict]}'><title>{verdict}: {n:,}</title></rect>"
            )
            left += width
    key = " ".join(
        f"<tspan fill='{colour}'>{verdict}</tspan>" for verdict, colour in _VERDICT_COLOURS.items()
    )
    return (
        f"<svg width='{PLOT_PX}' height='86' role='img' aria-label='Verdicts'>{''.join(rows)}"
        f"<text x='60' y='76'>{key}</text></svg>"
    )


def _example(each: Example) -> str:
    photos = "1 photo" if each.n_right == 1 else f"{each.n_right:,} photos"
    return (
        f"<h3>“{escape(each.text)}”, {photos}: {each.verdict}</h3>{_photos(each.hits)}"
        f"<p class='none'>Without them: {each.verdict_absent}</p>{_photos(each.hits_absent)}"
    )


def _photos(hits: Sequence[ShownHit]) -> str:
    return f"<div class='row'>{''.join(map(_photo, hits))}</div>"


def _photo(hit: ShownHit) -> str:
    tick = " ✓" if hit.is_right else ""
    return (
        f"<figure><img alt='{hit.band.value}' style='border-color:{_COLOURS[hit.band.value]}' "
        f"src='data:image/jpeg;base64,{hit.picture}'>"
        f"<figcaption>{hit.probability:.0%}{tick}</figcaption></figure>"
    )


def _x(value: float) -> float:
    return _MARGIN_PX + value * (PLOT_PX - _MARGIN_PX - 10)


def _y(value: float) -> float:
    return PLOT_PX - _MARGIN_PX - value * (PLOT_PX - _MARGIN_PX - 10)
