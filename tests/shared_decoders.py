"""Decoding processes that all tests of a run share; starting some for each would take minutes."""

from dataclasses import dataclass
from typing import Any

import pytest

from desktop.media import Decoders

DECODERS = Decoders(n_processes=2)


@dataclass
class Decodes:
    """Attributes: n: how often a photo was decoded to be indexed."""

    n: int = 0

    @classmethod
    def counted(cls, decoders: Decoders, monkeypatch: pytest.MonkeyPatch) -> "Decodes":
        decodes, read = cls(), decoders.read

        def counted(*arguments: Any) -> Any:
            decodes.n += 1
            return read(*arguments)

        monkeypatch.setattr(decoders, "read", counted)
        return decodes
