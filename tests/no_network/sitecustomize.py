"""Refuses every connection to another machine and writes it down, so that a test fails even where
the refusal was swallowed.

tests/conftest.py hooks it into the test process and puts its folder on PYTHONPATH, where every
Python program that a test starts finds it. It sees what Python code does; what a library in another
language does is watched by the kernel in `likeness doctor --offline-proof` (tests/e2e).
"""

import os
import sys

LOCAL = {"127.0.0.1", "::1", "localhost", ""}
LOOK_UPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
OWN = "LIKENESS_OWN_ADDRESS"
"""The variable with an address of this machine, for programs that do not use 127.0.0.1."""
REPORT = "LIKENESS_CONNECTIONS"
"""The variable that names the file in which every refusal is written down, a line each."""


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in LOOK_UPS:
        host = arguments[0]
    elif event in SENDS:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # a Unix socket has a path
    elif event == "socket.getnameinfo" and isinstance(arguments[0], tuple):
        host = arguments[0][0]
    else:
        return
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
    if name not in LOCAL and name != os.environ.get(OWN):
        with open(os.environ[REPORT], "a", encoding="utf-8") as file:
            file.write(f"{event} {name}\n")
        raise PermissionError(f"a test tried to reach {name}")


if REPORT in os.environ:
    sys.addaudithook(refuse)
