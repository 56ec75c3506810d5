"""Whose an object is, read from its owner references."""

from __future__ import annotations

from typing import Any

import pytest

from modelserver_operator.children import Whose, whose

SERVER = {"metadata": {"name": "demo", "uid": "now"}}


def owner(**changes: Any) -> dict[str, Any]:
    """The owner reference of the server's own children."""
    ours = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServer", "name": "demo", "uid": "now"}
    return ours | {"controller": True} | changes


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ([owner()], Whose.OURS),
        ([owner(uid="before")], Whose.FORMER),
        ([owner(uid="before", apiVersion="modelserver.dev/v1beta1")], Whose.FORMER),
        ([owner(uid="before", apiVersion="example.com/v1alpha1")], Whose.FOREIGN),
        ([owner(uid="before", apiVersion="v1")], Whose.FOREIGN),
        ([owner(uid="before", kind="Deployment")], Whose.FOREIGN),
        ([owner(uid="before", name="other")], Whose.FOREIGN),
        ([owner(controller=False)], Whose.FOREIGN),
        ([owner(uid="other", kind="Team", controller=False), owner()], Whose.OURS),
        ([], Whose.FOREIGN),
        (None, Whose.FOREIGN),
    ],
)
def test_the_controller_says_whose_it_is(owners: list[dict[str, Any]] | None, expected: Whose) -> None:
    assert whose({"metadata": {"ownerReferences": owners}}, SERVER) is expected
