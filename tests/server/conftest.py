from tests.overload.serving import reads
from tests.server.signing import client

__all__ = ["client", "reads"]
