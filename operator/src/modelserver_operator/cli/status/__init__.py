"""`modelserver status`: what is going on with ModelServers, and what to do about it."""

from modelserver_operator.cli.status.command import status

__all__ = ["status"]
