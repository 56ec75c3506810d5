"""Who uses a class: what lists and events have told, whatever was not told."""

from typing import Any

from modelserver_operator.reconcile import Key
from modelserver_operator.users import Users


def server(name: str, class_name: str) -> dict[str, Any]:
    return {"metadata": {"namespace": "team", "name": name}, "spec": {"className": class_name}}


def listed(*servers: dict[str, Any]) -> Users:
    users = Users()
    users.listed(servers, users.known())
    return users


def test_who_uses_a_class_is_known_from_lists_and_events() -> None:
    users = listed(server("one", "gpu"), server("two", "gpu"), server("three", "cpu"))
    users.seen(server("two", "cpu"))
    users.gone(server("three", "cpu"))
    users.gone(server("never-seen", "cpu"))
    assert users.of("gpu") == [Key("team", "one")]
    assert users.of("cpu") == [Key("team", "two")]
    assert users.of("none") == []


def test_what_is_listed_no_more_was_deleted_without_a_word() -> None:
    users = listed(server("one", "gpu"), server("two", "gpu"))
    assert users.listed([server("two", "cpu")], users.known()) == {Key("team", "one")}
    assert users.known() == {Key("team", "two")}
    assert users.of("gpu") == []
    assert users.of("cpu") == [Key("team", "two")]


def test_what_happens_during_a_list_is_newer_than_it() -> None:
    users = listed(server("one", "gpu"))
    before = users.known()
    users.seen(server("new", "gpu"))
    users.gone(server("one", "gpu"))
    assert users.listed([], before) == set(), "this deletion was told"
    assert users.of("gpu") == [Key("team", "new")]
