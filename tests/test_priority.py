"""Background threads give way."""

import os
import subprocess
import sys
import threading

import pytest

from desktop.priority import NICE, step_back


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux")
def test_a_thread_steps_back_alone_and_what_it_starts_follows() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    found: list[int] = []

    def work() -> None:
        step_back()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        ask = "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"
        found.append(int(subprocess.check_output([sys.executable, "-c", ask])))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [max(NICE, before)] * 2
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
