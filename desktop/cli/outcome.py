"""How a command ends: an exit code, and a sentence on stderr where there is something to say."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

from desktop.errors import Cancelled, UserError

log = logging.getLogger(__name__)

DONE = 0
FAILED = 1


def guarded(work: Callable[[], int], debug: bool = False) -> int:
    """Do `work` and return its exit code; what it raises becomes FAILED and a sentence.

    With `debug`, everything but a reader that went away is raised as it is.
    """
    _accept_any_file_name()
    try:
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:
        # `likeness search ... | head`. What is still buffered has nowhere to go, and the flush at
        # the end of the process must not complain about that:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if debug:
            raise
        tell(error)
        return FAILED
    except KeyboardInterrupt:
        if debug:
            raise
        _write("Stopped.")
        return FAILED
    return code


def likeness_command() -> list[str]:
    """What starts this same program again, as a first part of a command."""
    is_frozen = getattr(sys, "frozen", False)
    return [sys.executable] if is_frozen else [sys.executable, "-m", "desktop"]


def tell(error: Exception) -> None:
    """Say on stderr what happened and what to do about it."""
    if isinstance(error, Cancelled):
        _write("Stopped; run it again to go on.")
    elif isinstance(error, UserError):
        log.warning("%s", error.message)
        _write(error.message)
        if error.hint:
            _write(error.hint)
    else:
        log.error("a bug", exc_info=error)
        _write(f"Something went wrong inside Likeness: {type(error).__name__}: {error}")
        _write("Run it again with --debug before the command to see where; the log has it too.")


def note(text: str) -> None:
    """Say something on stderr that is no failure, after what stdout has been told before."""
    sys.stdout.flush()
    _write(text)


def _write(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _accept_any_file_name() -> None:
    """Let names through that are not in the terminal's encoding: on Linux as the bytes they are on
    the disk, so that they can be pasted back, elsewhere as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            is_utf8 = stream.encoding.lower().replace("-", "") == "utf8"
            on_bytes = is_utf8 and os.name == "posix"
            stream.reconfigure(errors="surrogateescape" if on_bytes else "backslashreplace")
