"""Themes on the map: their names where most of their photos are, and their colours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog, PhotoTheme
from desktop.library.maps.groups import Grouped
from desktop.library.maps.keeper import MapLabel, PhotoMap

IdArray = NDArray[np.int64]

_LEAST = 3
"""A theme with fewer photos on the map has no name there."""


def by_theme(catalog: Catalog, photo_ids: IdArray) -> Grouped:
    """Largest first; hidden themes are none."""
    shown = _shown(catalog)
    of = _themes_of(catalog, photo_ids)
    rows = np.full(len(photo_ids), -1, np.int64)
    for row, theme in enumerate(shown):
        rows[of == theme.theme_id] = row
    return Grouped(tuple(theme.name for theme in shown), rows)


def theme_labels(catalog: Catalog, shown: PhotoMap) -> tuple[MapLabel, ...]:
    """The name of each theme that is not hidden, at the photo in the middle of its photos."""
    return tuple(_labels(catalog, shown))


def _labels(catalog: Catalog, shown: PhotoMap) -> Iterator[MapLabel]:
    of = _themes_of(catalog, shown.photo_ids)
    for theme in _shown(catalog):
        points = shown.points[of == theme.theme_id]
        if len(points) >= _LEAST:
            far = ((points - np.median(points, axis=0)) ** 2).sum(axis=1)
            x, y = points[np.argmin(far)].tolist()
            yield MapLabel(x, y, theme.name, float(len(points)))


def _shown(catalog: Catalog) -> list[PhotoTheme]:
    themes = [theme for theme in catalog.themes.list_all() if not theme.is_hidden]
    return sorted(themes, key=lambda theme: -theme.n_photos)


def _themes_of(catalog: Catalog, photo_ids: IdArray) -> IdArray:
    """The theme_id of each of these photos (n,); 0 for none."""
    put = catalog.themes.list_photos()
    if not len(put.photo_ids):
        return np.zeros(len(photo_ids), np.int64)
    rows = np.minimum(np.searchsorted(put.photo_ids, photo_ids), len(put.photo_ids) - 1)
    return np.where(put.photo_ids[rows] == photo_ids, put.theme_ids[rows], 0)
