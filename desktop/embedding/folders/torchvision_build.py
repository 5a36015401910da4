"""torchvision: a package that timm needs, and that nothing else here may find.

Its compiled part fits one build of torch alone, so where torch came from elsewhere it cannot be
imported. transformers imports it wherever it is installed, and would then load no model at all.
Likeness' own steps need nothing of it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from desktop.errors import ModelUnavailable

_NAME = "torchvision"

_operators: list[Any] = []
"""What was declared below is forgotten by torch when nobody holds it."""


def hide_torchvision() -> None:
    """Have transformers take it for not installed, in this process; before it is imported."""
    sys.modules.setdefault(_NAME, None)  # type: ignore[arg-type]


def import_timm() -> ModuleType:
    """timm, with torchvision, whatever torch that was built for: timm uses its plain Python alone.

    Imports torch. Raises ModelUnavailable where one of them is not installed.
    """
    if sys.modules.get(_NAME, _NAME) is None:
        del sys.modules[_NAME]
    try:
        try:
            import torchvision
        except RuntimeError:  # "operator torchvision::nms does not exist"
            _declare_operators()
            import torchvision  # noqa: F401
        import timm
    except (ImportError, RuntimeError, OSError) as error:
        raise ModelUnavailable(
            f"timm cannot be loaded here: {str(error).rstrip('.')}.",
            "torch and torchvision have to be made for each other: install both from one place.",
        ) from error
    module: ModuleType = timm
    return module


def _declare_operators() -> None:
    """Tell torch of what torchvision takes for granted when it is imported. It stays without
    code, and nothing here calls it."""
    import torch.library

    library: Any = torch.library.Library(_NAME, "DEF")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _operators.append(library)
    for name in [name for name in sys.modules if name.partition(".")[0] == _NAME]:
        del sys.modules[name]
