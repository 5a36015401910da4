"""The licence texts of everything in the bundle. One that is missing ends the build."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from bundling.contents import Part, normalised

# Wheels that name their licence and carry no text of it. The texts are the published ones, word
# for word, as every Debian system has them in /usr/share/common-licenses. Qt, PySide6 and shiboken6
# are taken under the LGPL, which stands on the GPL's text.
STANDARD_TEXTS = {
    "pyside6-essentials": ("LGPL-3.0", ("LGPL-3.0.txt", "GPL-3.0.txt")),
    "shiboken6": ("LGPL-3.0", ("LGPL-3.0.txt", "GPL-3.0.txt")),
    "tokenizers": ("Apache-2.0", ("Apache-2.0.txt",)),
}


class LicenceMissing(Exception):
    """Something is in the bundle whose licence text nobody has."""


def gather(parts: Iterable[Part], folder: Path, standard_texts: Path) -> None:
    """Copy each part's texts into `folder`/<name>-<version>; what was there before goes.

    Raises LicenceMissing with the names of all parts without a text.
    """
    shutil.rmtree(folder, ignore_errors=True)
    missing = []
    for part in parts:
        texts = texts_of(part, standard_texts)
        if not texts:
            missing.append(part.folder_name)
        for name, source in texts.items():
            target = folder / part.folder_name / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    if missing:
        raise LicenceMissing(
            f"There is no licence text for {', '.join(sorted(missing))}. Look for the text, put it "
            "into packaging/licences and add a row to STANDARD_TEXTS, or leave the part out."
        )


def texts_of(part: Part, standard_texts: Path) -> dict[str, Path]:
    """The texts that go with a part: its own, else those of the table. Empty ones do not count."""
    own = {name: path for name, path in part.licence_files.items() if path.stat().st_size > 0}
    if own:
        return own
    _, names = STANDARD_TEXTS.get(normalised(part.name), ("", ()))
    return {name: standard_texts / name for name in names}
