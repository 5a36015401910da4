"""Later: a part of the window that is made when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget

Part = TypeVar("Part", bound=QWidget)


class Later(Generic[Part]):
    """Called, it gives the part, and makes it the first time: what nobody looks at costs the start
    of the window nothing. Main thread.

    Attributes:
        made: the part; None until it is made.
    """

    def __init__(self, make: Callable[[], Part]) -> None:
        self._make = make
        self._then: list[Callable[[Part], object]] = []
        self.made: Part | None = None

    def __call__(self) -> Part:
        if self.made is None:
            self.made = self._make()
            for does in self._then:
                does(self.made)
        return self.made

    def then(self, does: Callable[[Part], object]) -> None:
        """Do this with the part as soon as it is there."""
        if self.made is not None:
            does(self.made)
        else:
            self._then.append(does)
