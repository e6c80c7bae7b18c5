"""Whatever hostile clients send: it is refused or answered, memory stays, and the next reader is served.

Over the wire, against a server with the limits as they come; slow clients are given one second here.
"""

import json
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.fixtures.live import LiveServer, started
from tests.fixtures.servers import NewDatabase
from tests.server.abuse import Bytes, Request
from tests.server.abuse_bytes import raw_bytes
from tests.server.abuse_documents import documents
from tests.server.abuse_requests import bodies, odd_requests

PATIENCE = 20
"""Seconds after which a test gives up: no bound on anything but hanging."""
MOST_MEMORY = 50_000_000

REQUESTS = [*documents(), *bodies(), *odd_requests()]
BYTES = [*raw_bytes()]


@pytest.fixture(scope="module")
def server(new_database_url: str, redis_url: str) -> Iterator[LiveServer]:
    settings = {"BROADSHEET_HEADER_TIMEOUT": "1", "BROADSHEET_BODY_TIMEOUT": "1", "BROADSHEET_KEEP_ALIVE_TIMEOUT": "1"}
    rates = {"BROADSHEET_RATE_ANONYMOUS": "1000000", "BROADSHEET_RATE_ANONYMOUS_BURST": "1000000"}
    with started(DATABASE_URL=new_database_url, REDIS_URL=redis_url, **settings, **rates) as server:
        _assert_it_serves(server)
        yield server


@pytest.fixture(scope="module")
async def new_database_url(new_database: NewDatabase) -> str:
    return await new_database()


@pytest.fixture(autouse=True)
def unharmed(server: LiveServer) -> Iterator[None]:
    """After each attack the next reader is served, and memory is as it was, or nearly."""
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    yield
    _assert_it_serves(server)
    assert process.memory_info().rss - before < MOST_MEMORY


def _assert_it_serves(server: LiveServer) -> None:
    answer = httpx.post(f"{server.url}/graphql", json={"query": "{ __typename }"}, timeout=PATIENCE)
    assert answer.json() == {"data": {"__typename": "Query"}}


def test_there_are_many_attacks() -> None:
    names = [*(one.name for one in REQUESTS), *(one.name for one in BYTES)]
    assert len(set(names)) == len(names) >= 120


@pytest.mark.parametrize("attack", [pytest.param(one, id=one.name) for one in REQUESTS])
def test_a_request_that_means_no_good_is_refused_with_a_code(attack: Request, server: LiveServer) -> None:
    headers = attack.headers or ({"content-type": "application/json"} if attack.body is not None else {})
    response = httpx.request(
        attack.method, server.url + attack.path, content=attack.body, headers=headers, timeout=PATIENCE
    )
    assert response.status_code in attack.statuses, response.text[:500]
    answer = response.json()
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())} or {None}
    assert codes <= attack.codes, answer
    assert len(response.content) < 20_000
    for error in answer.get("errors", ()):
        assert len(error["message"]) < 1_000
        assert "Traceback" not in error["message"]
        if error["extensions"]["code"].startswith("QUERY_TOO"):
            assert error["extensions"]["found"] > error["extensions"]["limit"]


@pytest.mark.parametrize("attack", [pytest.param(one, id=one.name) for one in BYTES])
def test_bytes_that_are_no_request_are_refused_or_hung_up_on(attack: Bytes, server: LiveServer) -> None:
    answer = _exchange(server, attack.chunks)
    if answer:
        statuses = {int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")}
        assert statuses <= attack.statuses | {400}, answer[:500]


def _exchange(server: LiveServer, chunks: list[bytes]) -> bytes:
    """Send all of it, and read to the end; a connection that the server closed in between is well."""
    answer = b""
    with _connection(server) as connection:
        try:
            for chunk in chunks:
                connection.sendall(chunk)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionError:
            pass
    return answer


def _connection(server: LiveServer) -> socket.socket:
    address = urlsplit(server.url)
    assert address.hostname is not None
    return socket.create_connection((address.hostname, address.port or 80), timeout=PATIENCE)


HEAD = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
SLOW = {
    "that says nothing": [b""],
    "that begins a line": [b"POST /gra"],
    "that never ends its headers": [b"POST /graphql HTTP/1.1\r\nHost: a\r\n"],
    "that drips headers": [b"POST /graphql HTTP/1.1\r\nHost: a\r\n", *[b"X: 1\r\n"] * 3],
    "that sends no body": [HEAD + b"Content-Length: 9\r\n\r\n"],
    "that sends half a body": [HEAD + b"Content-Length: 9\r\n\r\n{"],
    "that never ends its chunks": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"],
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_client_is_hung_up_on(kind: str, server: LiveServer) -> None:
    answer = b""
    with _connection(server) as connection:
        for chunk in SLOW[kind]:
            connection.sendall(chunk)
        while part := connection.recv(65536):
            answer += part
    assert answer == b"" or b" 408 " in answer.partition(b"\r\n")[0]


def test_an_idle_connection_is_closed(server: LiveServer) -> None:
    with _connection(server) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200")


def test_three_hundred_idle_connections_keep_nobody_out(server: LiveServer) -> None:
    connections = [_connection(server) for _ in range(300)]
    try:
        _assert_it_serves(server)
    finally:
        for connection in connections:
            connection.close()


def test_a_flood_of_different_documents_keeps_nobody_out(server: LiveServer) -> None:
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        for number in range(1_000):
            client.post("/graphql", json={"query": f"{{ a{number}: __typename }}"})
            client.post("/graphql", json={"query": f"{{ no{number} }}"})


def test_a_flood_of_the_dearest_requests_is_refused_and_keeps_nobody_out(server: LiveServer) -> None:
    heavy = {"query": "{ users(first: 40) { nodes { posts(first: 40) { nodes { title author { name } } } } } }"}
    codes: list[int] = []

    def attack() -> None:
        with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
            codes.extend(client.post("/graphql", json=heavy).status_code for _ in range(10))

    threads = [threading.Thread(target=attack) for _ in range(20)]
    for thread in threads:
        thread.start()
    _assert_it_serves(server)
    for thread in threads:
        thread.join()
    assert len(codes) == 200
    assert set(codes) <= {200, 503}


def test_clients_that_leave_are_forgotten(server: LiveServer) -> None:
    body = json.dumps({"query": "{ users(first: 50) { nodes { posts(first: 20) { nodes { bodyHtml } } } } }"}).encode()
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    for _ in range(100):
        with _connection(server) as connection:
            connection.sendall(head + body)
