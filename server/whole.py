"""A request and an answer of one piece each, handed over without messages: nearly all are.

The server puts both names into the scope; where they are missing, as under another server, the messages of ASGI do.
"""

from collections.abc import Callable, Iterable

BODY = "broadsheet.body"
"""The body of a request, if all of it was there when the request began. Its messages can be received all the same."""
ANSWER = "broadsheet.answer"
"""What sends an answer at once (`Answer`)."""

Answer = Callable[[int, Iterable[tuple[bytes, bytes]], bytes], bool]
"""Called with the status, headers as they may be sent, `content-length` among them and neither `connection` nor
`transfer-encoding`, and the body. False: it cannot be sent so, and nothing was."""
