"""Settings of what clients may send: limits, rates, documents, browsers. A part of `core.settings`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Points = Annotated[int, Field(ge=1, le=1_000_000_000)]
Size = Annotated[int, Field(ge=1_000, le=1_000_000_000)]


class WireSettings(BaseSettings):
    """Limits hold for every document but trusted ones; sizes are in bytes."""

    max_body: Size = Field(1_000_000, description="Bytes of a request's body.")
    max_document: Size = Field(32_000, description="Bytes of a document.")
    max_variables: Size = Field(256_000, description="Bytes of the variables, as JSON.")
    max_headers: Size = Field(16_000, description="Bytes of a request's line and headers.")
    max_answer: Size = Field(5_000_000, description="Bytes of an answer.")
    max_tokens: Count = Field(2_000, description="Tokens of a document.")
    max_depth: Count = Field(10, description="Fields within fields; `edges` and `node` count once together.")
    max_introspection_depth: Count = Field(20, description="The same below `__schema` and `__type`.")
    max_aliases: Count = Field(30, description="Aliases in an operation.")
    max_root_fields: Count = Field(20, description="Fields at the root of an operation.")
    max_directives: Count = Field(50, description="Directives in a document.")
    max_operations: Count = Field(5, description="Operations in a document.")
    max_copies: Count = Field(50, description="Selections of one response key in one place.")
    max_selections: Count = Field(10_000, description="Fields of an operation, with all fragments written out.")
    max_errors: Count = Field(10, description="Validation errors in an answer.")
    max_cost: Count = Field(10_000, description="Cost of an operation of somebody who is signed in.")
    max_cost_anonymous: Count = Field(2_500, description="Cost of an operation of somebody who is not.")
    max_requests: Count = Field(1_000, description="Requests that a process works on at once; others are answered 503.")
    rate: Points = Field(1_000, description="Points of cost that somebody who is signed in gets back in a second.")
    rate_burst: Points = Field(20_000, description="Points that he has when he has spent none.")
    rate_anonymous: Points = Field(500, description="Points that an address gets back in a second.")
    rate_anonymous_burst: Points = Field(5_000, description="Points that it has when it has spent none.")
    header_timeout: Seconds = Field(10.0, description="Seconds in which a request's headers must come.")
    body_timeout: Seconds = Field(15.0, description="Seconds in which a request's body must come.")
    keep_alive_timeout: Seconds = Field(5.0, description="Seconds that an idle connection is kept.")
    max_message: Size = Field(64_000, description="Bytes of a message over a WebSocket.")
    socket_init_timeout: Seconds = Field(5.0, description="Seconds in which a WebSocket must say `connection_init`.")
    max_socket_operations: Count = Field(20, description="Operations at once over one WebSocket.")
    max_streams: Count = Field(5_000, description="WebSockets and streams of events that a process serves at once.")
    max_queued_events: Count = Field(
        256, description="Events that wait for a subscriber who does not read; then he is cut off."
    )
    stream_heartbeat: Seconds = Field(10.0, description="Seconds between two signs of life where nothing is told.")
    documents_kept: Count = Field(2_000, description="Documents that a process keeps parsed and checked.")
    persisted_queries: bool = Field(True, description="Automatic persisted queries, kept in Redis.")
    persisted_queries_kept: Count = Field(2_000, description="How many; the one that was longest unused goes first.")
    cache: bool = Field(True, description="Keep responses, and answer by them until something in them changes.")
    cache_plane: Literal["redis", "postgresql"] = Field(
        "postgresql", description="Who is asked what was changed; PostgreSQL always is while Redis cannot say."
    )
    cache_size: Size = Field(64_000_000, description="Bytes of responses that each process keeps.")
    cache_lifetime: Seconds = Field(600.0, description="Seconds that Redis keeps a response; it bounds memory only.")
    max_cached: Size = Field(500_000, description="Bytes of the largest response that is kept.")
    cdn_max_age: int = Field(
        0,
        ge=0,
        le=31_536_000,
        description="Seconds for which a CDN may answer public GETs by itself; 0: it must ask each time.",
    )
    trusted_documents: Path | None = Field(
        None,
        description="A manifest of documents that no limit binds: of Relay's compiler, codegen, Apollo.",
    )
    trusted_documents_only: bool = Field(False, description="Run these and no others.")
    executor: Literal["compiled", "graphql-core"] = Field(
        "compiled", description="What runs operations; what the compiled one does not cover, graphql-core runs anyway."
    )
    introspection: bool = Field(True, description="Let clients read the schema; GraphiQL needs it.")
    explain: bool | None = Field(
        None, description="Answer `extensions: {explain: true}` with cost and statements. Default: in development."
    )
    cors_origins: str = Field("", description="Origins whose pages may call the API, with commas between; `*`: all.")
    trusted_hosts: str = Field("*", description="Host names that the service answers to, with commas between.")
