"""Certificates as they are needed: for one name, for so long, trusted beside those of other replicas."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from modelserver_operator.autoscale.certificates import BUNDLE, Authority, joined

NAME = "metrics.platform.svc"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
LIFE = 3600.0


def verified(authority: Authority, certificate: bytes, at: datetime, name: str = NAME) -> None:
    """As strict as the web's own rules: more than the API server asks for."""
    store = Store(x509.load_pem_x509_certificates(authority.certificate))
    verifier = PolicyBuilder().store(store).time(at).build_server_verifier(x509.DNSName(name))
    verifier.verify(x509.load_pem_x509_certificate(certificate), [])


def test_a_certificate_is_good_for_its_name_and_its_life() -> None:
    authority = Authority(NAME, NOW)
    leaf = authority.leaf(NOW, LIFE)
    for at in (NOW - timedelta(minutes=4), NOW, NOW + timedelta(seconds=LIFE - 1)):
        verified(authority, leaf.certificate, at)
    for at in (NOW - timedelta(minutes=6), NOW + timedelta(seconds=LIFE + 1)):
        with pytest.raises(VerificationError):
            verified(authority, leaf.certificate, at)
    with pytest.raises(VerificationError):
        verified(authority, leaf.certificate, NOW, "metrics.elsewhere.svc")


def test_it_is_due_after_two_thirds_of_its_life() -> None:
    assert Authority(NAME, NOW).leaf(NOW, LIFE).due == NOW + timedelta(seconds=2400)


def test_another_authority_does_not_vouch_for_it() -> None:
    leaf = Authority(NAME, NOW).leaf(NOW, LIFE)
    with pytest.raises(VerificationError):
        verified(Authority(NAME, NOW), leaf.certificate, NOW)


def test_a_service_and_a_namespace_with_the_longest_names_have_a_certificate() -> None:
    longest = f"{'s' * 63}.{'n' * 63}.svc"
    authority = Authority(longest, NOW)
    verified(authority, authority.leaf(NOW, LIFE).certificate, NOW, longest)


def test_our_own_comes_last_in_a_bundle_and_is_added_once() -> None:
    first, second = (Authority(NAME, NOW).certificate for _ in range(2))
    assert joined(b"", first) == first
    assert joined(first, second) == first + second
    assert joined(first + second, first) == first + second
    ssl.create_default_context(cadata=joined(first, second).decode())


def test_a_full_bundle_loses_the_oldest_and_never_ours() -> None:
    others = [Authority(NAME, NOW).certificate for _ in range(BUNDLE + 2)]
    own = Authority(NAME, NOW).certificate
    assert joined(b"".join(others), own) == b"".join(others[-3:]) + own
    crowded = own + b"".join(others)
    assert joined(crowded, own) == crowded, "nothing is written where ours is there"


@pytest.mark.parametrize("rubbish", [b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_goes(rubbish: bytes) -> None:
    other, own = (Authority(NAME, NOW).certificate for _ in range(2))
    assert joined(rubbish + other, own) == other + own
    assert joined(rubbish, own) == own


def test_a_bundle_that_others_have_written_their_own_way_is_understood() -> None:
    other, own = (Authority(NAME, NOW).certificate for _ in range(2))
    written = b"# for the API server\r\n" + own.replace(b"\n", b"\r\n") + b"\n\n" + other
    assert joined(written, own) == written
