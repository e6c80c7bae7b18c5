"""The URL of a Redis Cluster: one or more of its nodes, of which any one leads to all others."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SCHEMES = ("redis+cluster", "rediss+cluster")
DEFAULT_PORT = 6379


@dataclass(frozen=True, slots=True)
class ClusterUrl:
    """What `redis+cluster://user:password@host:port,host:port?option=value` says."""

    nodes: tuple[tuple[str, int], ...]
    """Hosts and ports."""
    node_url: str
    """That of a single server: the first node, with everything else that the URL says. It may hold a password."""


def is_cluster(url: str) -> bool:
    """Whether it names a cluster, and not one server."""
    return urlsplit(url).scheme in SCHEMES


def parse_cluster_url(url: str) -> ClusterUrl:
    """Take it apart.

    Raises:
        ValueError: in words that do not repeat the URL, for it may hold a password.

    """
    parts = urlsplit(url)
    account, at, addresses = parts.netloc.rpartition("@")
    nodes = tuple(_address(one) for one in addresses.split(","))
    if parts.path.strip("/") not in {"", "0"}:
        raise ValueError("a cluster has no database but 0: leave it out")
    host, port = nodes[0]
    first = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    scheme = parts.scheme.removesuffix("+cluster")
    return ClusterUrl(nodes, parts._replace(scheme=scheme, netloc=f"{account}{at}{first}", path="").geturl())


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = text, str(DEFAULT_PORT)
    host = unquote(host.strip().removeprefix("[").removesuffix("]"))
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:  # noqa: PLR2004 - ports
        raise ValueError("name nodes as host:port, with commas between")
    return host, int(port)
