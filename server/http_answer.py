"""Answers of one piece (`server.whole`), as uvicorn's HTTP/1.1 protocol sends them."""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle


def write_answer(cycle: RequestResponseCycle, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
    """Answer the request of a cycle as its `send` does for two messages, but that it looks at each header.

    False where that `send` has to: it may have to wait, and knows of HEAD.
    """
    if cycle.response_started or cycle.flow.write_paused or cycle.access_log or cycle.scope["method"] == "HEAD":
        return False
    if cycle.disconnected:
        return True  # nobody is there to be answered
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    lines = b"\r\n".join([b": ".join(header) for header in (*cycle.default_headers, *headers)])
    end = b"\r\n\r\n" if cycle.keep_alive else b"\r\nconnection: close\r\n\r\n"
    cycle.transport.writelines((STATUS_LINE[status] + lines + end, body))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True
