"""What a process may open: a thousand streams need more files than a shell's usual limit."""

import resource


def allow_many_files() -> None:
    """Raise the limit as far as this user may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
