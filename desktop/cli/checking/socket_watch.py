"""Watch this process for sockets to anywhere: by Python's audit hook, and on Linux by the kernel.

The audit hook sees what Python code opens and names it. What a library in another language opens
passes it by; there the kernel ends the process at the first system call that would make a socket
other than a Unix one (seccomp, https://docs.kernel.org/userspace-api/seccomp_filter.html), and the
traceback of the thread that made the call is written down before.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import platform
import signal
import socket
import sys
from pathlib import Path
from typing import Any, TextIO

LOOK_UPS = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)
SENDS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})

_UNIX = getattr(socket, "AF_UNIX", None)

# By machine: the kernel's number of the architecture, of the call `socket`, of `io_uring_setup`
# (a ring could make sockets too).
_CALLS = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _TRAP = 0x7FFF0000, 0x00030000
_X32 = 0x40000000  # calls of the x32 interface have this bit
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2

_report: TextIO | None = None


def watch_sockets(report_path: Path) -> bool:
    """Write every socket that is opened from now on into `report_path`; whether the kernel watches
    too. Cannot be taken back. Before any other thread starts."""
    global _report
    _report = report_path.open("a", encoding="utf-8", buffering=1)
    sys.addaudithook(_note)
    return _let_the_kernel_watch(_report)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith("socket.") and (line := seen(event, arguments)):
        assert _report is not None
        _report.write(line + "\n")


def seen(event: str, arguments: tuple[Any, ...]) -> str:
    """A line on an audit event that concerns another machine or an internet socket, else ""."""
    if event == "socket.__new__":
        # Windows has no other socket pairs than those over the loopback address.
        is_internet = os.name == "posix" and arguments[1] not in (_UNIX, -1)
        return f"{event} family {int(arguments[1])}" if is_internet else ""
    if event in LOOK_UPS:
        return f"{event} {arguments[0]}"
    if event in SENDS and isinstance(arguments[1], tuple) and arguments[1][0] not in LOCAL:
        return f"{event} {arguments[1][0]}"
    return ""


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("first", ctypes.POINTER(_Instruction)))


def _let_the_kernel_watch(report: TextIO) -> bool:
    """False where this is not Linux on a processor we know, or where the system refuses."""
    calls = _CALLS.get(platform.machine())
    if sys.platform != "linux" or calls is None:
        return False
    faulthandler.register(signal.SIGSYS, file=report, all_threads=False, chain=True)
    instructions = _instructions(*calls)
    array = (_Instruction * len(instructions))(*instructions)
    program = _Program(len(instructions), array)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def _instructions(machine: int, make_socket: int, make_ring: int) -> list[_Instruction]:
    """Trap any other architecture's calls, rings, and sockets that are not AF_UNIX (1).

    Offsets in the kernel's struct seccomp_data: 0 the call, 4 the architecture, 16 its first
    argument.
    """
    return [
        _Instruction(_LOAD, 0, 0, 4),
        _Instruction(_JUMP_IF_EQUAL, 0, 7, machine),
        _Instruction(_LOAD, 0, 0, 0),
        _Instruction(_JUMP_IF_AT_LEAST, 5, 0, _X32),
        _Instruction(_JUMP_IF_EQUAL, 4, 0, make_ring),
        _Instruction(_JUMP_IF_EQUAL, 0, 2, make_socket),
        _Instruction(_LOAD, 0, 0, 16),
        _Instruction(_JUMP_IF_EQUAL, 0, 1, 1),
        _Instruction(_RETURN, 0, 0, _ALLOW),
        _Instruction(_RETURN, 0, 0, _TRAP),
    ]
