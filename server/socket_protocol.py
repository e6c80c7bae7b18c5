"""uvicorn's WebSocket protocol, that waits for no client to the end of days, and takes no bad text for a fault."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HANG_UP_AFTER = 5.0
"""Seconds that a client has to read what was said last."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    async def run_asgi(self) -> None:
        """Serve it; then hang up, though what was written is not read."""
        await super().run_asgi()
        self.loop.call_later(HANG_UP_AFTER, self.transport.abort)

    def shutdown(self) -> None:
        """Say 1012, and hang up; called again and again while the process stops."""
        if self.transport.is_closing():
            return
        super().shutdown()
        self.loop.call_later(HANG_UP_AFTER, self.transport.abort)

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message on, if it is one; UTF-8 that is none ends the connection with 1007."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            text = b"".join(self.frames)
            try:
                text.decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007, "The message is no UTF-8")
                self.handle_parser_exception()
                return
            self.frames = [text]
        super().send_receive_event_to_app()
