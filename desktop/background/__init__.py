"""Background work that cannot vanish: threads (`threads`), and processes of our own
(`processes`).

Whatever is raised there and was not expected reaches the excepthook, and the work goes on with the
next item.
"""

from desktop.background.processes import Helper, HelperBug, HelperEnded, HelperSilent
from desktop.background.threads import Loop, Worker, report, reported, stop_all

__all__ = [
    "Helper",
    "HelperBug",
    "HelperEnded",
    "HelperSilent",
    "Loop",
    "Worker",
    "report",
    "reported",
    "stop_all",
]
