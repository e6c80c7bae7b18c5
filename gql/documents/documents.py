"""How a client's words become a document: by its text, by the hash of one that was registered, by a trusted id."""

from dataclasses import dataclass
from hashlib import sha256

import strawberry

from cache.persisted_queries import PersistedQueries
from core.errors import BadRequestError, ForbiddenError, PersistedQueryError
from core.settings import Settings
from gql.documents.document import Document
from gql.documents.prepare import Preparer
from gql.documents.store import DocumentStore
from gql.documents.trusted import prepared, read_manifest
from gql.limits.limits import Limits


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client sent to name a document; at least one of these."""

    text: str | None = None
    sha256: str | None = None
    """In lower-case hexadecimals, by Apollo's protocol."""
    trusted_id: str | None = None


class Documents:
    """All ways to the documents of one schema."""

    def __init__(self, schema: strawberry.Schema, settings: Settings) -> None:
        """Read the manifest, too, if the settings name one.

        Raises:
            SettingsError: it cannot be read, or a document in it does not fit the schema.

        """
        self._preparer = Preparer(
            schema._schema,  # noqa: SLF001 - graphql-core's, which Strawberry builds
            Limits.of(settings),
            suggest=settings.environment == "development",
            introspection=settings.introspection,
        )
        self._registers = settings.persisted_queries
        self._persisted: PersistedQueries | None = None
        self._only_trusted = settings.trusted_documents_only
        manifest = settings.trusted_documents
        texts = {} if manifest is None else read_manifest(manifest)
        self._trusted = prepared(texts, self._preparer, str(manifest))
        self._trusted_texts = {document.text: document for document in self._trusted.values()}
        self.store = DocumentStore(settings.documents_kept)

    def trusted_names(self) -> set[str]:
        """The names of all trusted operations."""
        return {name for document in self._trusted.values() for name in document.operations if name is not None}

    def keep_registered(self, persisted: PersistedQueries) -> None:
        """Keep what clients register here, if the settings let them."""
        if self._registers:
            self._persisted = persisted

    async def find(self, asked: Asked) -> Document:
        """The document that is meant, valid and within the limits.

        Raises:
            InvalidDocumentError: it is no GraphQL, or does not fit the schema.
            LimitError: it goes beyond a limit.
            PersistedQueryError: nobody registered the hash, or none can be.
            ForbiddenError: only trusted documents run here.
            BadRequestError: the hash is that of another text, or nothing names a document.

        """
        for key in (asked.trusted_id, asked.sha256):
            if key is not None and key in self._trusted:
                return self._trusted[key]
        if asked.sha256 is not None:
            return await self._registered(asked.text, asked.sha256)
        if asked.trusted_id is not None:
            raise PersistedQueryError(supported=True)
        if asked.text is None:
            raise BadRequestError("Send a `query`.")
        return self._of_text(asked.text)

    async def _registered(self, text: str | None, key: str) -> Document:
        if self._only_trusted:
            raise PersistedQueryError(supported=bool(self._trusted))
        if self._persisted is None:
            raise PersistedQueryError(supported=False)
        if text is None:
            known = self.store.get(key)
            if known is not None:
                return known
            text = await self._persisted.get(key)
            if text is None or _hash(text) != key:
                raise PersistedQueryError(supported=True)
            document = self._of_text(text)
        else:
            if _hash(text) != key:
                raise BadRequestError("The hash in `extensions.persistedQuery` is not that of the query.")
            document = self._of_text(text)
            await self._persisted.put(key, text)
        self.store.put(key, document)
        return document

    def _of_text(self, text: str) -> Document:
        trusted = self._trusted_texts.get(text)
        if trusted is not None:
            return trusted
        if self._only_trusted:
            raise ForbiddenError("This server runs trusted documents only: those of its manifest.")
        document = self.store.get(text)
        if document is None:
            document = self._preparer.prepare(text)
            self.store.put(text, document)
        return document


def _hash(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
