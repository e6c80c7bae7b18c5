"""What tests of the wire ask, and what they look for in answers."""

from typing import Any

import httpx

PATH = "/graphql"
JSON = "application/json"
RESPONSE = "application/graphql-response+json"
POSTED = {"Content-Type": JSON}


def media_type(response: httpx.Response) -> str:
    """The media type of an answer, without its charset, which must be UTF-8."""
    name, _, charset = response.headers["content-type"].partition("; ")
    assert charset == "charset=utf-8"
    return str(name)


def the_error(response: httpx.Response) -> dict[str, Any]:
    """The one error of an answer."""
    [error] = response.json()["errors"]
    assert error["message"]
    found: dict[str, Any] = error
    return found


def code_of(response: httpx.Response) -> str:
    """The code of the one error of an answer."""
    return str(the_error(response)["extensions"]["code"])


async def post(http: httpx.AsyncClient, body: dict[str, Any], **headers: str) -> httpx.Response:
    """The answer to a POST of this object."""
    return await http.post(PATH, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


async def post_bytes(http: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    """The answer to a POST of these bytes."""
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    return await http.post(PATH, content=body, headers={**POSTED, **given})
