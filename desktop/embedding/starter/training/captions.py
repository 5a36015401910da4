"""Photos with captions, as a training reads them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.errors import UserError

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Captions:
    """One split. `texts[i]`, in `languages[i]`, describes `photos[of[i]]`."""

    photos: list[Path]
    texts: list[str]
    languages: list[str]
    of: Rows

    @classmethod
    def read(cls, folder: Path, split: str) -> Captions:
        """Raises UserError when captions.csv is absent or has no caption of that split."""
        rows = [row for row in _rows(folder / "captions.csv") if row["split"] == split]
        if not rows:
            raise UserError(f"{folder / 'captions.csv'} has no caption whose split is {split}.")
        names = sorted({row["image"] for row in rows})
        position = {name: i for i, name in enumerate(names)}
        if (folder / "languages.csv").exists():
            others = _rows(folder / "languages.csv")
            rows += [row for row in others if row["split"] == split and row["image"] in position]
        return cls(
            [folder / "images" / name for name in names],
            [row["caption"] for row in rows],
            [row.get("language", "en") for row in rows],
            np.array([position[row["image"]] for row in rows]),
        )

    def only(self, languages: Iterable[str]) -> Captions:
        """Those in some languages; all photos stay."""
        wanted = set(languages)
        kept = [i for i, language in enumerate(self.languages) if language in wanted]
        return replace(
            self,
            texts=[self.texts[i] for i in kept],
            languages=[self.languages[i] for i in kept],
            of=self.of[kept],
        )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
            if rows and not {"image", "split", "caption"} <= rows[0].keys():
                raise KeyError("image, split, caption")
    except (OSError, KeyError, csv.Error) as error:
        raise UserError(
            f"The captions {path} cannot be read: {error!r}.",
            "The file needs the columns image, split and caption.",
        ) from error
    return rows
