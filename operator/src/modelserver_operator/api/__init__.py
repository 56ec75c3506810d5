"""The objects that people write: types, rules, and the CRDs that are generated from them. The ground floor."""

from modelserver_operator.api.conditions import ConditionType, Reason
from modelserver_operator.api.crd import GROUP, VERSION
from modelserver_operator.api.modelserver import ModelServer
from modelserver_operator.api.modelserverclass import ModelServerClass
from modelserver_operator.api.parse import InvalidObject, Problem

API_VERSION = f"{GROUP}/{VERSION}"

__all__ = [
    "API_VERSION",
    "GROUP",
    "VERSION",
    "ConditionType",
    "InvalidObject",
    "ModelServer",
    "ModelServerClass",
    "Problem",
    "Reason",
]
