"""The standard streams: answers on stdout, words about the work on stderr. Any of them may be
closed, full, or have nobody at the other end."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TextIO

from desktop.errors import UserError
from desktop.legible import legible

STDIN, STDOUT, STDERR = range(3)


class AnswerLost(UserError):
    """What was asked for cannot be written."""


class ReaderGone(AnswerLost):
    """Nobody reads any further, as in `likeness search ... | head -1`."""


def settle_streams() -> None:
    """Make the standard streams usable whatever they are. To be called before any file is opened.

    A closed one gives its number to the next file that is opened, and then what a library says on
    "stderr" goes into the catalog. So closed ones are opened on the null device.
    """
    if os.name == "posix":
        for number in (STDIN, STDOUT, STDERR):
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
                os.set_inheritable(number, True)
    # None where a stream was closed, and for a Windows program without a console.
    sys.stdout = sys.stdout or _closed()
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for good
    for stream in (sys.stdout, sys.stderr):
        _accept_any_file_name(stream)


def say(text: str = "") -> None:
    """Write a line of an answer. Raises AnswerLost."""
    _answer(legible(text))


def say_done(text: str) -> None:
    """Write a line about what was done. Where it is lost, what was done is done all the same."""
    with suppress(AnswerLost):
        say(text)
        flush_answer()


def flush_answer() -> None:
    """Raises AnswerLost if what was said cannot be written."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        raise _lost(error) from error


def note(*lines: str) -> None:
    """Say something on stderr, after what stdout has been told before. Where stderr takes nothing,
    the work goes on without it."""
    with suppress(AnswerLost):
        flush_answer()
    try:
        sys.stderr.write("".join(f"{legible(line)}\n" for line in lines))
        sys.stderr.flush()
    except (OSError, ValueError):
        _silence(sys.stderr, STDERR)


def _answer(line: str) -> None:
    try:
        sys.stdout.write(line + "\n")
    except (OSError, ValueError) as error:
        raise _lost(error) from error


def _lost(error: OSError | ValueError) -> AnswerLost:
    _silence(sys.stdout, STDOUT)
    if isinstance(error, BrokenPipeError):
        return ReaderGone("Nobody reads the answer any further.")
    why = (isinstance(error, OSError) and error.strerror) or "standard output is closed"
    return AnswerLost(f"The answer could not be written: {why}.")


def _silence(stream: TextIO, number: int) -> None:
    """Send what is still buffered, and what comes, nowhere: else Python would try again when the
    process ends, and fail (https://docs.python.org/3/library/signal.html#note-on-sigpipe)."""
    with suppress(OSError, ValueError):
        if stream.fileno() == number:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)
            stream.flush()


def _closed() -> TextIO:
    """A stream that takes nothing."""
    stream = io.StringIO()
    stream.close()
    return stream


def _accept_any_file_name(stream: TextIO) -> None:
    """Let names through that are not in the terminal's encoding: on Linux as the bytes they are on
    the disk, so that they can be pasted back, elsewhere as escapes."""
    if isinstance(stream, io.TextIOWrapper):
        is_utf8 = stream.encoding.lower().replace("-", "") == "utf8"
        on_bytes = is_utf8 and os.name == "posix"
        stream.reconfigure(errors="surrogateescape" if on_bytes else "backslashreplace")
