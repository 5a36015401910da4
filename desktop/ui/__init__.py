"""The window. Whatever of it is imported first takes PySide's hook out of the way of `import`.

The hook reads the source of every module that is imported after PySide, to see whether it wants
snake_case names, and leaves all of it in linecache: a seventh of the processor time that the
window's imports take, and 13 MB; of torch and transformers 1.7 million lines. We want none of it.
"""

from __future__ import annotations

import builtins

import PySide6.QtCore  # noqa: F401

_plain_import = getattr(builtins, "__orig_import__", None)
if _plain_import is not None:
    builtins.__import__ = _plain_import
