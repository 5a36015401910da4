"""What goes into the catalog and comes out of it about themes: frozen, and free of SQLAlchemy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PhotoTheme:
    """Photos that look alike, as a group with a name.

    Attributes:
        n_photos: the LISTED ones.
        covers: photo_ids of those that stand for it, the most typical first.
        is_hidden: a person does not want to see it.
        is_kept: a person has named, hidden, merged or split it: a new run leaves it as it is.
    """

    theme_id: int
    name: str
    n_photos: int = 0
    covers: tuple[int, ...] = ()
    is_hidden: bool = False
    is_kept: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ThemePhotos:
    """Where photos were put when they were grouped; all arrays (n,), by photo_id.

    Attributes:
        theme_ids: 0 for those that belong to none.
        parts: of a theme that was merged, which of its groups each is in.
        closeness: float32 cosines with the middle of that group.
    """

    photo_ids: NDArray[np.int64]
    theme_ids: NDArray[np.int64]
    parts: NDArray[np.int64]
    closeness: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ThemeRun:
    """How photos were grouped last.

    Attributes:
        way: "even" or "close", see `desktop.grouping.Way`.
        made_at: when themes were last found anew, seconds since the epoch.
        n_photos: of so many.
    """

    way: str
    made_at: float
    n_photos: int
