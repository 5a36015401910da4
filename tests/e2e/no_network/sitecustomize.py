"""Found on PYTHONPATH by the programs that the end-to-end tests start: refuses every connection to
another machine, and writes it down so that the test fails even where the refusal was swallowed."""

import os
import sys
from typing import Any

LOCAL = {"127.0.0.1", "::1", "localhost", ""}


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0] or ""
    else:
        return
    if host not in LOCAL:
        with open(os.environ["LIKENESS_CONNECTIONS"], "a", encoding="utf-8") as file:
            file.write(f"{event} {host}\n")
        raise PermissionError(f"a test tried to reach {host}")


sys.addaudithook(refuse)
