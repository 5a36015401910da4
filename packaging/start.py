"""Where the packaged program begins: the window, the command line and helper processes alike."""

import sys

from desktop.background.processes import MARK, serve

if __name__ == "__main__":
    if MARK in sys.argv[1:2]:
        serve()

    from desktop.__main__ import main

    sys.exit(main())
