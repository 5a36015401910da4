"""How a command ends: an exit code, and a sentence on stderr where there is something to say."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable

from desktop.cli.said.streams import ReaderGone, flush_answer, note, settle_streams
from desktop.errors import Cancelled, UserError
from desktop.legible import shortened

log = logging.getLogger(__name__)

DONE = 0
FAILED = 1


def guarded(work: Callable[[], int], debug: bool = False) -> int:
    """Do `work` and return its exit code; what it raises becomes FAILED and a sentence. What its
    threads report becomes a sentence.

    A reader that went away has had enough: that is DONE. With `debug`, everything else is raised as
    it is.
    """
    settle_streams()
    before = threading.excepthook
    if not debug:
        threading.excepthook = _tell_of_thread
    try:
        code = work()
        flush_answer()
    except ReaderGone:
        return DONE
    except Exception as error:
        if debug:
            raise
        tell(error)
        return FAILED
    except KeyboardInterrupt:
        if debug:
            raise
        note("Stopped.")
        return FAILED
    finally:
        threading.excepthook = before
    return code


def likeness_command() -> list[str]:
    """What starts this same program again, as a first part of a command."""
    is_frozen = getattr(sys, "frozen", False)
    return [sys.executable] if is_frozen else [sys.executable, "-P", "-m", "desktop"]


def tell(error: Exception) -> None:
    """Say on stderr what happened and what to do about it."""
    if isinstance(error, Cancelled):
        note("Stopped; run it again to go on.")
    elif isinstance(error, UserError):
        log.warning("%s", error.message)
        note(error.message, *([error.hint] if error.hint else []))
    elif isinstance(error, MemoryError):
        log.error("no memory", exc_info=error)
        note("There is not enough memory for this.", "Close other programs and try again.")
    else:
        log.error("a bug", exc_info=error)
        note(
            shortened(f"Something went wrong inside Likeness: {type(error).__name__}: {error}"),
            "Run it again with --debug before the command to see where; the log has it too.",
        )


def _tell_of_thread(hooked: threading.ExceptHookArgs) -> None:
    if isinstance(hooked.exc_value, Exception):
        tell(hooked.exc_value)
