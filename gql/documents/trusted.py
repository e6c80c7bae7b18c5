"""Trusted documents: those that a team's own build wrote into a manifest, by their ids.

Manifests of Relay's compiler (`{id: text}`), of GraphQL Code Generator's client preset (`{hash: text}`) and of Apollo's
(`{"format": "apollo-persisted-query-manifest", "operations": [{"id", "body"}]}`) are read.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from core.errors import LimitError, SettingsError
from gql.documents.document import Document, InvalidDocumentError
from gql.documents.prepare import Preparer


def read_manifest(path: Path) -> dict[str, str]:
    """The texts of a manifest, by id.

    Raises:
        SettingsError: there is no such file, or it is no manifest.

    """
    try:
        found: Any = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"BROADSHEET_TRUSTED_DOCUMENTS: {path} cannot be read as JSON: {error}") from None
    if isinstance(found, dict) and isinstance(found.get("operations"), list):
        found = _by_id(found["operations"], path)
    if not isinstance(found, dict) or not all(isinstance(one, str) for pair in found.items() for one in pair):
        raise SettingsError(f"BROADSHEET_TRUSTED_DOCUMENTS: {path} is no manifest: documents by their ids")
    return found


def _by_id(operations: list[Any], path: Path) -> dict[Any, Any]:
    """The operations of Apollo's manifest."""
    found: dict[Any, Any] = {}
    for one in operations:
        if not isinstance(one, dict):
            raise SettingsError(f"BROADSHEET_TRUSTED_DOCUMENTS: {path} has an operation that is no object")
        key = one.get("id")
        if key in found:
            raise SettingsError(f"BROADSHEET_TRUSTED_DOCUMENTS: {path} has two documents of the id {key}")
        found[key] = one.get("body")
    return found


def prepared(texts: Mapping[str, str], preparer: Preparer, name: str) -> dict[str, Document]:
    """The documents of a manifest, by id.

    Raises:
        SettingsError: one of them does not fit the schema.

    """
    documents: dict[str, Document] = {}
    for key, text in texts.items():
        try:
            documents[key] = preparer.prepare(text, trusted=True)
        except InvalidDocumentError as error:
            raise SettingsError(f"{name}: the document {key} does not fit: {error.errors[0].message}") from None
        except LimitError as error:
            raise SettingsError(f"{name}: the document {key}: {error.message}") from None
    return documents
