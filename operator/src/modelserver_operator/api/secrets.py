"""Secrets by reference: the operator never reads one."""

from __future__ import annotations

from modelserver_operator.api.fields import ObjectName, SecretEntry
from modelserver_operator.api.struct import Struct


class SecretName(Struct):
    """A whole Secret."""

    name: ObjectName
    """name of a Secret in the ModelServer's namespace."""


class SecretKey(Struct):
    """One entry of a Secret."""

    name: ObjectName
    """name of a Secret in the ModelServer's namespace."""

    key: SecretEntry
    """key of the entry in the Secret."""
