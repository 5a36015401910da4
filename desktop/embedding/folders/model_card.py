"""What the card of a model, README.md in its folder, says of its licence."""

from __future__ import annotations

from pathlib import Path

CARD = "README.md"
_MOST_LINES = 200
_NAMES = {
    "apache-2.0": "Apache-2.0",
    "mit": "MIT",
    "bsd-3-clause": "BSD-3-Clause",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-nc-4.0": "CC-BY-NC-4.0",
}


def read_licence(folder: Path) -> str:
    """The licence as SPDX calls it, or as the card does; "" where it says nothing.

    It stands between the first two lines of dashes, as `license: mit`:
    https://huggingface.co/docs/hub/model-cards#model-card-metadata
    """
    try:
        with (folder / CARD).open(encoding="utf-8", errors="replace") as card:
            if card.readline().strip() != "---":
                return ""
            said: dict[str, str] = {}
            for _ in range(_MOST_LINES):
                line = card.readline()
                if not line or line.strip() == "---":
                    break
                key, _, value = line.partition(":")
                said[key] = value.strip().strip("\"'")
    except OSError:
        return ""
    named = said.get("license", "")
    return said.get("license_name", named) if named == "other" else _NAMES.get(named, named)
