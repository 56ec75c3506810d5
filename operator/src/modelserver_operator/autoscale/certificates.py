"""The certificates that the metrics API shows: an authority of this process's own, and what it signs.

Nothing of it is kept: whoever starts makes a new authority, and its certificate joins those in the APIServices.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3650)  # longer than any process
SKEW = timedelta(minutes=5)  # by which the API server's clock may be behind ours
BUNDLE = 4  # authorities in an APIService: two replicas, and those that they take the place of
RENEWED_AFTER = 2 / 3  # of a certificate's life

USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Leaf:
    """A serving certificate with its key, in PEM. due: when it is to be replaced."""

    certificate: bytes
    key: bytes
    due: datetime


class Authority:
    """Signs certificates for one DNS name. `certificate` is its own, in PEM, for those who are to trust it."""

    def __init__(self, dns_name: str, now: datetime) -> None:
        self._dns_name = dns_name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(f"modelserver-metrics-{secrets.token_hex(8)}")
        usage = _usage(key_cert_sign=True, crl_sign=True)
        self._certificate = (
            _builder(self._name, self._name, self._key, now - SKEW, now + AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = _pem(self._certificate)

    def leaf(self, now: datetime, seconds: float) -> Leaf:
        """A certificate that is good for so many seconds from now on."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(self._dns_name[:64])  # the longest that a name may be; nobody looks at it but people
        certificate = (
            _builder(name, self._name, key, now - SKEW, now + timedelta(seconds=seconds))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(self._dns_name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Leaf(_pem(certificate), _key_pem(key), now + timedelta(seconds=seconds * RENEWED_AFTER))


def joined(bundle: bytes, own: bytes) -> bytes:
    """The certificates of a caBundle, in PEM, with our own among them; the same bytes where it is there already.

    Where it is not, it comes last, before it stay the last ones of what was there, and what is no certificate goes.
    """
    there = _certificates(bundle)
    if own in there:
        return bundle
    return b"".join([*there, own][-BUNDLE:])


def _certificates(bundle: bytes) -> list[bytes]:
    """Each certificate as we would write it."""
    begin = b"-----BEGIN CERTIFICATE-----"
    blocks = [begin + rest for rest in bundle.split(begin)[1:]]
    return [pem for block in blocks if (pem := _parsed(block))]


def _parsed(block: bytes) -> bytes | None:
    try:
        return _pem(x509.load_pem_x509_certificate(block))
    except ValueError:
        return None


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=begin,
        not_valid_after=end,
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in USAGES})


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
