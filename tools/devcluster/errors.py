"""What can go wrong with a development cluster, in words that say what to do about it."""


class DevclusterError(Exception):
    """Something the user can act on; the message is all that is shown."""


class UnknownClusterError(DevclusterError):
    """There is no cluster of that name, or it does not run."""


class MachineError(DevclusterError):
    """The machine lacks something: root, a program, a kernel's feature, a free address."""


class BuildError(DevclusterError):
    """The binaries could not be built."""


class StartError(DevclusterError):
    """The cluster was started and did not become ready; what it had started is gone again, its logs are not."""
