"""Background work gives way to what a person is waiting for: a thread of it, or a whole process."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading

NICE = 10
"""Of 19: where both want a core, a thread at the usual 0 gets nine tenths of it."""

_WINDOWS_BELOW_NORMAL = -1
_WINDOWS_BELOW_NORMAL_CLASS = 0x4000
_MACOS_QOS_UTILITY = 0x11


def step_back() -> None:
    """Let the calling thread run after all that a person waits for, from now on.

    Not for the window's process: a thread that has Python's lock and no core holds up the main one.
    On Linux threads and processes that it starts inherit this; there a thread has a priority of its
    own (sched(7)). Does nothing where the system refuses.
    """
    with contextlib.suppress(OSError, AttributeError):
        if sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            kernel.SetThreadPriority(kernel.GetCurrentThread(), _WINDOWS_BELOW_NORMAL)
        elif sys.platform == "darwin":
            ctypes.CDLL(None).pthread_set_qos_class_self_np(_MACOS_QOS_UTILITY, 0)
        else:
            thread_id = threading.get_native_id()
            if os.getpriority(os.PRIO_PROCESS, thread_id) < NICE:
                os.setpriority(os.PRIO_PROCESS, thread_id, NICE)


def step_back_process() -> None:
    """The same for a process of our own that does nothing else, at its start. Its first thread."""
    with contextlib.suppress(OSError, AttributeError):
        if sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            kernel.SetPriorityClass(kernel.GetCurrentProcess(), _WINDOWS_BELOW_NORMAL_CLASS)
        elif os.getpriority(os.PRIO_PROCESS, 0) < NICE:
            os.setpriority(os.PRIO_PROCESS, 0, NICE)
