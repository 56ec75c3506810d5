"""HTTPS with certificates that change while it serves, and clients that mean no good. Real TLS, on this machine."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.unit.autoscale.pki import ClientAuthority
from tests.unit.autoscale.served import LIFE, NAME, SNI, Served, serving

from modelserver_operator.autoscale import serving as module
from modelserver_operator.autoscale.certificates import Authority
from modelserver_operator.autoscale.serving import Handshakes, PortTakenError, Serving

CUT = (httpx.NetworkError, httpx.RemoteProtocolError)  # by TLS, at whatever point of the handshake


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    served = Served(tmp_path)
    async with serving(served):
        yield served


async def shown(served: Served) -> str:
    """The serial number of the certificate that a new connection is shown, verified as the API server does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=served.tls(), server_hostname=NAME)
    serial = str(writer.get_extra_info("peercert")["serialNumber"])
    writer.close()
    with contextlib.suppress(ssl.SSLError):
        await writer.wait_closed()
    assert not await reader.read()
    return serial


async def test_the_front_proxy_is_answered(served: Served) -> None:
    answer = await served.get("/apis")
    assert answer.status_code == 200, answer.text


async def test_without_a_certificate_headers_help_nobody_and_nobody_stays(served: Served) -> None:
    async with served.client() as client:
        headers = {"X-Remote-User": "system:admin", "X-Remote-Group": "system:masters"}
        answer = await client.get("/apis", headers=headers, extensions=SNI)
    assert answer.status_code == 401
    assert answer.json()["message"] == "no client certificate: ask the API server, not this address"
    assert answer.headers["Connection"] == "close"
    assert not served.reviews.asked


async def test_another_name_of_the_same_authority_is_a_stranger(served: Served) -> None:
    answer = await served.get("/apis", {"X-Remote-Group": "system:masters"}, certificate=served.proxy.client("kubelet"))
    assert answer.status_code == 401
    assert "'kubelet' is not the front proxy's" in answer.json()["message"]


async def test_another_authority_gets_no_connection(served: Served, tmp_path: Path) -> None:
    impostor = ClientAuthority(tmp_path).client("proxy")
    with pytest.raises(CUT):
        await served.get("/apis", certificate=impostor)


async def test_neither_does_an_expired_certificate_nor_one_for_servers(served: Served) -> None:
    for wrong in (
        served.proxy.client("proxy", life=timedelta(seconds=-1)),
        served.proxy.client("proxy", usage=ExtendedKeyUsageOID.SERVER_AUTH),
    ):
        with pytest.raises(CUT):
            await served.get("/apis", certificate=wrong)


async def test_a_certificate_stays_until_it_is_due(served: Served) -> None:
    first = await shown(served)
    served.pass_time(LIFE / 2)
    assert await shown(served) == first
    served.pass_time(LIFE / 5)
    assert await shown(served) != first


async def test_whoever_asks_all_the_time_never_misses_an_answer_while_certificates_change(served: Served) -> None:
    serials, codes = set(), set()
    for _ in range(30):
        served.pass_time(LIFE / 3)
        async with served.client(served.certificate) as client:
            for _ in range(3):
                answer = await client.get("/apis", headers={"X-Remote-User": "ann"}, extensions=SNI)
                codes.add(answer.status_code)
        serials.add(await shown(served))
    assert codes == {200}
    assert len(serials) == 1 + 15, "the first, and one after each two thirds of a life"


async def test_a_connection_outlives_the_certificate_that_it_began_with(served: Served) -> None:
    async with served.client(served.certificate) as client:
        for _ in range(4):
            answer = await client.get("/apis", headers={"X-Remote-User": "ann"}, extensions=SNI)
            assert answer.status_code == 200
            served.pass_time(LIFE)


async def test_one_that_ran_out_while_the_process_stood_still_is_never_shown(tmp_path: Path) -> None:
    served = Served(tmp_path, now=datetime.now(UTC) - timedelta(days=1))
    served.authority = Authority(NAME, served.now)
    served.handshakes = Handshakes(served.authority, served.trust.authority, seconds=LIFE, today=lambda: served.now)
    async with serving(served):
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            await shown(served)
        served.now = datetime.now(UTC)
        await shown(served)


async def test_a_new_authority_of_the_front_proxy_counts_at_once_and_the_old_no_longer(tmp_path: Path) -> None:
    served, new = Served(tmp_path), ClientAuthority(tmp_path, "new")
    async with serving(served) as server, served.client(served.certificate) as before:
        ask = {"headers": {"X-Remote-User": "ann"}, "extensions": SNI}
        assert (await before.get("/apis", **ask)).status_code == 200  # type: ignore[arg-type]
        server.trust(served.trust.authority + new.certificate)
        for certificate in (served.certificate, new.client("proxy")):
            assert (await served.get("/apis", certificate=certificate)).status_code == 200
        server.trust(new.certificate)
        assert (await served.get("/apis", certificate=new.client("proxy"))).status_code == 200
        with pytest.raises(CUT):
            await before.get("/apis", **ask)  # type: ignore[arg-type]


async def test_no_session_is_taken_up_again_without_being_verified(served: Served) -> None:
    assert not await asyncio.to_thread(takes_up_again, served, ssl.TLSVersion.TLSv1_3)
    with pytest.raises(ssl.SSLError):  # it could be, by the server's own memory
        await asyncio.to_thread(takes_up_again, served, ssl.TLSVersion.TLSv1_2)


def takes_up_again(served: Served, version: ssl.TLSVersion) -> bool:
    """Whether the server goes on with the session of a former connection."""
    context, session, reused = served.tls(served.certificate), None, False
    context.maximum_version = version
    for _ in range(2):
        plain = socket.create_connection(("127.0.0.1", served.port))
        with context.wrap_socket(plain, server_hostname=NAME, session=session) as connection:
            connection.sendall(b"GET /apis HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.recv(1024).startswith(b"HTTP/1.1 401")  # it names no user
            session, reused = connection.session, bool(connection.session_reused)
    return reused


async def test_those_who_say_nothing_or_rubbish_hold_up_nobody_and_fill_no_log(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    silent = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(50)]
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", served.port)) as rude:
            rude.sendall(b"GET / HTTP/1.1\r\n\r\n")
    for rubbish in (b"\x00\xff rubbish\r\n\r\n", b"GET / HTTP/9\r\nA\r\n\r\n", b"GET / HTTP/1.1\r\nA" * 10_000):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=served.tls(), server_hostname=NAME)
        writer.write(rubbish)
        writer.close()
    assert (await served.get("/apis")).status_code == 200
    for connection in silent:
        connection.close()
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


async def test_those_who_say_nothing_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANDSHAKE_SECONDS", 0.2)
    served = Served(tmp_path)
    async with serving(served):
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
        await writer.wait_closed()


async def test_those_who_only_shake_hands_are_not_kept_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.2)
    served = Served(tmp_path)
    async with serving(served):
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=served.tls(), server_hostname=NAME)
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
        with contextlib.suppress(ssl.SSLError):
            await writer.wait_closed()


async def test_a_port_that_is_taken_is_said_with_its_setting(served: Served) -> None:
    authority = Authority(NAME, served.now)
    handshakes = Handshakes(authority, served.trust.authority, seconds=LIFE, today=lambda: served.now)

    async def answer(_request: object) -> web.StreamResponse:
        raise AssertionError

    with pytest.raises(PortTakenError, match=rf"port {served.port} \(MODELSERVER_METRICS_API_PORT\).*in use"):
        await Serving(answer, handshakes, served.port).start()
