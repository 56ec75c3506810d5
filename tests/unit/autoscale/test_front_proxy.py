"""Who is asking: only what the front proxy says, under the names that the cluster gives."""

import json
from typing import Any

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from tests.unit.autoscale.pki import ClientAuthority

from modelserver_operator.autoscale.front_proxy import (
    Asker,
    Trust,
    UnknownAskerError,
    UntrustworthyError,
    asker,
    trust,
)

NOW = 1_800_000_000.0
PROXY = {
    "subject": ((("organizationName", "cluster"),), (("commonName", "proxy"),)),
    "notAfter": "Jan 1 0:0:0 2100 GMT",
}
TRUSTED = Trust("", ("proxy", "other-proxy"), ("X-Remote-User",), (), ("X-Remote-Group",), ("X-Remote-Extra-",))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> str:
    return ClientAuthority(tmp_path_factory.mktemp("pki")).certificate


def headers(*pairs: tuple[str, str]) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict(pairs))


def config_map(authority: str, **changed: Any) -> dict[str, Any]:
    lists = {
        "requestheader-allowed-names": ["proxy"],
        "requestheader-username-headers": ["X-Remote-User"],
        "requestheader-group-headers": ["X-Remote-Group"],
        "requestheader-extra-headers-prefix": ["X-Remote-Extra-"],
    }
    data = {name: json.dumps(value) for name, value in lists.items()}
    return {"data": data | {"requestheader-client-ca-file": authority} | changed}


def who(*pairs: tuple[str, str], trusted: Trust = TRUSTED, certificate: Any = PROXY) -> Asker:
    return asker(trusted, certificate, headers(*pairs), NOW)


def test_the_config_map_says_whom_to_trust(authority: str) -> None:
    assert trust(config_map(authority)) == Trust(
        authority, ("proxy",), ("X-Remote-User",), (), ("X-Remote-Group",), ("X-Remote-Extra-",)
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"requestheader-client-ca-file": ""}, "requestheader-client-ca-file holds no certificates"),
        ({"requestheader-client-ca-file": "rubbish"}, "requestheader-client-ca-file holds no certificates"),
        ({"requestheader-username-headers": "[]"}, "requestheader-username-headers names no header"),
        ({"requestheader-allowed-names": "proxy"}, "requestheader-allowed-names is 'proxy'"),
        ({"requestheader-group-headers": "[1]"}, "requestheader-group-headers is '\\[1\\]'"),
        ({"requestheader-extra-headers-prefix": "{}"}, "requestheader-extra-headers-prefix is '{}'"),
    ],
)
def test_a_config_map_that_says_it_badly_is_not_trusted(authority: str, changed: dict[str, str], message: str) -> None:
    with pytest.raises(UntrustworthyError, match=message):
        trust(config_map(authority, **changed))


def test_a_cluster_without_aggregation_trusts_nobody() -> None:
    with pytest.raises(UntrustworthyError, match="requestheader-client-ca-file"):
        trust({"data": {"client-ca-file": "x"}})


def test_the_front_proxy_names_the_user() -> None:
    found = who(
        ("X-Remote-User", "ann"),
        ("X-Remote-Group", "team"),
        ("x-remote-group", "system:authenticated"),
        ("X-Remote-Extra-Scopes", "a"),
        ("X-Remote-Extra-scopes", "b"),
    )
    assert found == Asker("ann", "", ("team", "system:authenticated"), (("scopes", ("a", "b")),))


def test_keys_of_extra_are_in_small_letters_and_without_their_escapes() -> None:
    found = who(("X-Remote-User", "ann"), ("X-Remote-Extra-Example.org%2fKey%25", "v%2f"), ("X-Remote-Extra-%zz", "w"))
    assert found.extra == (("%zz", ("w",)), ("example.org/key%", ("v%2f",)))


def test_the_first_header_that_names_a_user_counts_and_the_groups_of_all_do() -> None:
    trusted = Trust("", (), ("X-First", "X-Second"), ("X-Uid",), ("X-Groups", "X-More"), ("X-E-", "X-F-"))
    found = who(
        ("X-Second", "second"),
        ("X-Remote-User", "spoofed"),
        ("X-More", "b"),
        ("X-Groups", "a"),
        ("X-Uid", "7"),
        ("X-F-k", "2"),
        ("X-E-K", "1"),
        trusted=trusted,
    )
    assert found == Asker("second", "7", ("a", "b", "system:authenticated"), (("k", ("1", "2")),))


def test_whoever_is_known_is_authenticated_and_the_anonymous_are_not() -> None:
    assert who(("X-Remote-User", "system:aggregator")).groups == ("system:authenticated",)
    assert who(("X-Remote-User", "x"), ("X-Remote-Group", "system:unauthenticated")).groups == (
        "system:unauthenticated",
    )
    assert who(("X-Remote-User", "system:anonymous")).groups == ()


@pytest.mark.parametrize("certificate", [None, {}])
def test_without_a_certificate_headers_say_nothing(certificate: Any) -> None:
    with pytest.raises(UnknownAskerError, match="no client certificate"):
        who(("X-Remote-User", "system:admin"), ("X-Remote-Group", "system:masters"), certificate=certificate)


def test_only_the_allowed_names_are_the_front_proxy() -> None:
    stranger = PROXY | {"subject": ((("commonName", "proxy"),), (("commonName", "mallory"),))}
    with pytest.raises(UnknownAskerError, match="'mallory' is not the front proxy"):
        who(("X-Remote-User", "ann"), certificate=stranger)
    nameless = PROXY | {"subject": ()}
    with pytest.raises(UnknownAskerError, match="'' is not the front proxy"):
        who(("X-Remote-User", "ann"), certificate=nameless)


def test_no_allowed_name_allows_any() -> None:
    anybody = Trust("", (), ("X-Remote-User",), (), (), ())
    assert who(("X-Remote-User", "ann"), trusted=anybody, certificate=PROXY | {"subject": ()}).user == "ann"


def test_a_certificate_that_has_run_out_since_it_was_verified_is_none() -> None:
    with pytest.raises(UnknownAskerError, match="has expired"):
        who(("X-Remote-User", "ann"), certificate=PROXY | {"notAfter": "Jan 1 0:0:0 2020 GMT"})


@pytest.mark.parametrize("pairs", [(), (("X-Remote-User", ""),), (("X-Remote-Group", "system:masters"),)])
def test_nobody_is_asking_where_no_user_is_named(pairs: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(UnknownAskerError, match="X-Remote-User names a user"):
        who(*pairs)
