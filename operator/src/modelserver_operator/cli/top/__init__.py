"""`modelserver top`: what all servers do at this moment, in a table that is drawn again and again."""

from modelserver_operator.cli.top.command import top

__all__ = ["top"]
