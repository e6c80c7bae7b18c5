"""The bytes of a refusal: made once, and right for each."""

from server.overload.shed import RETRY_AFTER, Refusals

DATE = [(b"date", b"Sat, 21 Nov 2026 21:10:11 GMT")]
LATER = [(b"date", b"Sat, 21 Nov 2026 21:10:12 GMT")]


def test_each_has_its_number_and_the_headers_of_the_server_as_they_are_now() -> None:
    refusals = Refusals()
    for defaults in (DATE, LATER, DATE, []):
        for number in (b"one", b"two"):
            head, _, body = refusals.made(number, defaults, 0, keep=True).partition(b"\r\n\r\n")
            status, *lines = head.split(b"\r\n")
            assert status == b"HTTP/1.1 503 Service Unavailable"
            assert [line for line in lines if line.startswith(b"date")] == [b"%b: %b" % one for one in defaults]
            assert b"x-request-id: " + number in lines
            assert b"content-length: %d" % len(body) in lines
            assert not any(line.startswith(b"connection") for line in lines)


def test_the_last_on_a_connection_says_so() -> None:
    assert b"\r\nconnection: close\r\n\r\n" in Refusals().made(b"one", DATE, 0, keep=False)


def test_clients_are_told_to_come_back_at_different_times() -> None:
    made = [Refusals().made(b"one", DATE, turn, keep=True) for turn in range(len(RETRY_AFTER))]
    assert len(set(made)) == len(RETRY_AFTER) > 1
