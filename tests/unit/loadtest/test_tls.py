"""With TLS, a server has to be who it is asked as."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.unit.loadtest.answering import DONE, SSE, WORD, always, answering, chunk, plan

from modelserver_operator.cli.loadtest.generator import generate
from modelserver_operator.cli.loadtest.plan import Closed
from modelserver_operator.cli.loadtest.recorded import Outcome

NAME, LOCAL = "demo.example", IPv4Address("127.0.0.1")  # the second is asked where nothing else is said


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a certificate for NAME, signed by itself, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    named = builder.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(NAME), x509.IPAddress(LOCAL)]), critical=False
    )
    made = named.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "certificate.pem"
    path.write_bytes(key.private_bytes(*pem) + made)
    return path


@pytest.mark.parametrize(
    ("authority", "outcome"),
    [
        (f"{NAME}:8443", Outcome.ANSWERED),
        (NAME, Outcome.ANSWERED),
        (None, Outcome.ANSWERED),
        ("other.example", Outcome.UNCONNECTED),
    ],
)
async def test_the_certificate_has_to_bear_the_name(certificate: Path, authority: str | None, outcome: Outcome) -> None:
    serves = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serves.load_cert_chain(certificate)
    trusts = ssl.create_default_context(cafile=certificate)
    async with answering(always(SSE + chunk(WORD) + chunk(DONE) + chunk(b"")), serves) as target:
        asked = replace(target, tls=trusts, authority=authority)
        recorded = await generate(plan(asked, arrivals=Closed(1, pause_refused=0), count=3))
    assert list(recorded.samples.outcome) == [outcome] * 3
