"""With TLS, a server has to be who it is asked as."""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.loadtest.answering import DONE, SSE, WORD, always, answering, chunk, plan
from tests.unit.loadtest.certificate import NAME, made

from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.plan import Closed
from modelserver_operator.cli.loadtest.generating.recorded import Outcome


@pytest.mark.parametrize(
    ("authority", "outcome"),
    [
        (f"{NAME}:8443", Outcome.ANSWERED),
        (NAME, Outcome.ANSWERED),
        (None, Outcome.ANSWERED),  # then it is the address's, which the certificate bears, too
        ("other.example", Outcome.UNCONNECTED),
    ],
)
async def test_the_certificate_has_to_bear_the_name(tmp_path: Path, authority: str | None, outcome: Outcome) -> None:
    certificate = made(tmp_path)
    serves = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serves.load_cert_chain(certificate)
    trusts = ssl.create_default_context(cafile=certificate)
    async with answering(always(SSE + chunk(WORD) + chunk(DONE) + chunk(b"")), serves) as destination:
        asked = replace(destination, tls=trusts, authority=authority)
        recorded = await generate(plan(asked, arrivals=Closed(1, pause=0), count=3))
    assert list(recorded.samples.outcome) == [outcome] * 3
