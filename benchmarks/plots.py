"""The plots in build/bench/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

Curve = tuple[Sequence[float], Sequence[float]]


def draw(
    path: Path, title: str, across: str, up: str, curves: Mapping[str, Curve], is_log: bool = False
) -> None:
    """Draw curves, label -> (xs, ys), into a PNG. Raises ImportError without matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 4.2), dpi=110)
    for label, (xs, ys) in curves.items():
        axes.plot(xs, ys, marker="o" if len(xs) < 20 else None, label=label)
    if is_log:
        axes.set_xscale("log")
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set(title=title, xlabel=across, ylabel=up)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    pyplot.close(figure)


def draw_bars(path: Path, title: str, up: str, bars: Mapping[str, float]) -> None:
    """Draw one bar for each label. Raises ImportError without matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.2), dpi=110)
    drawn = axes.barh(list(bars)[::-1], list(bars.values())[::-1])
    axes.bar_label(drawn, fmt="%.3g", padding=3)
    axes.set(title=title, xlabel=up)
    axes.margins(x=0.12)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    pyplot.close(figure)
