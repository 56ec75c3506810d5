"""The process's first moment. Imports nothing before it must: the engine's processes import this file too."""

import signal
import sys


def program() -> None:
    """The process: `python -m modelserver_runtime` and the command `modelserver-runtime` alike."""
    # The first process of a container ignores SIGTERM until it has a handler, and importing the commands takes a
    # second: a pod deleted at once would load its model and hold its accelerator for the whole grace period. The
    # service's own handler comes once it has a loop. A download that has not begun is none: an init container's 0 says
    # that it is done.
    code = 128 + signal.SIGTERM if sys.argv[1:2] == ["download"] else 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(code))
    from modelserver_runtime.commands import main

    main()


if __name__ == "__main__":
    program()
