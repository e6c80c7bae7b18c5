"""What a request asks for, by POST and by GET (GraphQL over HTTP, Request Parameters)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from core.errors import TooLargeError
from gql.documents.documents import Asked
from server.wire.body import parse_json
from server.wire.refusal import RefusedRequestError, bad_request

_IDS = ("documentId", "doc_id", "id")
"""Under these names clients send the id of a trusted document: the specification's appendix, Relay's, others'."""


_LONGEST_HASH = 200


@dataclass(slots=True)
class Params:
    """A well-formed request."""

    asked: Asked
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    explain: bool = False


def params_of_body(body: bytes, most_variables: int) -> Params:
    """The parameters of a POST.

    Raises:
        RefusedRequestError: 400, it is no such request; 413, its variables are too large.

    """
    found = parse_json(body, "The body")
    if isinstance(found, list):
        raise bad_request("Several operations in one request are not served: send each in its own.")
    if not isinstance(found, dict):
        raise bad_request("The body is no JSON object.")
    params = params_of(found)
    # Measured only where it may be too much.
    if len(body) > most_variables:
        _check_size(orjson.dumps(params.variables, default=str) if _plain(body) else body, most_variables)
    return params


def params_of_query(query_string: bytes, most_variables: int) -> Params:
    """The parameters of a GET: `variables` and `extensions` are JSON; an empty one is absent.

    Raises:
        RefusedRequestError: 400, it is no such request; 413, its variables are too large.

    """
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=False,
            errors="strict",
            max_num_fields=50,
        )
    except ValueError:
        raise bad_request("The address is no UTF-8 in percent-encoding, or has too many parameters.") from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise bad_request("A parameter stands in the address twice.")
    given: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        text = given.get(name)
        if text is not None:
            if name == "variables":
                _check_size(text.encode(), most_variables)
            given[name] = parse_json(text, f"`{name}`") if text else None
    if given.get("operationName") == "":
        del given["operationName"]
    return params_of(given)


def params_of(found: Mapping[str, Any]) -> Params:
    """The parameters of an object.

    Raises:
        RefusedRequestError: 400, they are none.

    """
    query = _text(found, "query")
    extensions = _object(found, "extensions")
    trusted_id = next((_text(found, name) for name in _IDS if found.get(name) is not None), None)
    digest = _digest(extensions)
    if query is None and trusted_id is None and digest is None:
        raise bad_request("Send a `query`: the text of a document.")
    return Params(
        Asked(query, digest, trusted_id),
        _text(found, "operationName"),
        _object(found, "variables"),
        extensions.get("explain") is True,
    )


def _digest(extensions: Mapping[str, Any]) -> str | None:
    """The hash of Apollo's protocol for persisted queries."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version", 1) != 1:
        raise bad_request("`extensions.persistedQuery` is of no known version.")
    digest = persisted.get("sha256Hash")
    if not isinstance(digest, str) or not 0 < len(digest) <= _LONGEST_HASH or not digest.isascii():
        raise bad_request("`extensions.persistedQuery.sha256Hash` is no hash.")
    return digest.lower()


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"`{name}` is no string.")
    return value


def _object(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_request(f"`{name}` is no object.")
    return value


def _plain(body: bytes) -> bool:
    return b"\\ud" not in body.lower()


def _check_size(variables: bytes, most: int) -> None:
    if len(variables) > most:
        message = f"The variables have {len(variables)} bytes, and {most} are allowed."
        raise RefusedRequestError(413, TooLargeError(message, most, len(variables)))
