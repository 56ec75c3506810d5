"""A cluster's front proxy for tests: an authority of its own, and client certificates that it signs."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


class ClientAuthority:
    """Signs certificates as the one of requestheader-client-ca-file does: common name, no other name."""

    def __init__(self, folder: Path, name: str = "front-proxy-ca") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self._made = 0
        ca = x509.BasicConstraints(ca=True, path_length=None)
        certificate = self._builder(self._name, self._key, datetime.now(UTC) + DAY).add_extension(ca, critical=True)
        self.certificate = _pem(certificate.sign(self._key, hashes.SHA256()))

    def client(
        self, common_name: str, *, usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH, life: timedelta = DAY
    ) -> Path:
        """A file with a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_name(common_name), key, datetime.now(UTC) + life)
        certificate = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._made += 1
        path = self._folder / f"client-{id(self)}-{self._made}.pem"
        path.write_bytes(private + _pem(certificate.sign(self._key, hashes.SHA256())).encode())
        return path

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, end: datetime) -> x509.CertificateBuilder:
        return x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=datetime.now(UTC) - 2 * DAY,
            not_valid_after=end,
        )


def client_context(bundle: bytes, client: Path | None = None) -> ssl.SSLContext:
    """As the API server connects: it trusts an APIService's caBundle, and shows the front proxy's certificate."""
    context = ssl.create_default_context(cadata=bundle.decode())
    if client is not None:
        context.load_cert_chain(client)
    return context


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
