"""`modelserver plan`: everything that would happen, before it does."""

from modelserver_operator.cli.plan.command import plan

__all__ = ["plan"]
