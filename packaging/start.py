"""Where the packaged program begins: the window and the command line alike."""

import multiprocessing
import sys

if __name__ == "__main__":
    # A process that was started to decode photos is this program again, with other arguments; it
    # goes its own way here, before anything heavy is imported.
    multiprocessing.freeze_support()

    from desktop.__main__ import main

    sys.exit(main())
