"""All settings of a process: read once from the environment, then frozen and handed in."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from core.cluster_url import SCHEMES as CLUSTER_SCHEMES
from core.cluster_url import parse_cluster_url
from core.errors import SettingsError
from core.observing_settings import ObservingSettings
from core.wire_settings import Seconds, WireSettings

LongSeconds = Annotated[float, Field(gt=0, le=31_536_000)]


def _named(*names: str) -> AliasChoices:
    """Names that hosting platforms set without our prefix, beside our own."""
    return AliasChoices(*names)


class Settings(ObservingSettings, WireSettings):
    """Every setting is an environment variable; `BROADSHEET_` precedes its name unless noted here."""

    model_config = SettingsConfigDict(
        env_prefix="BROADSHEET_", frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    environment: Literal["development", "production"] = Field(
        "development", description="`production` demands real servers and hides what helps only developers."
    )
    host: str = Field(
        "127.0.0.1", validation_alias=_named("HOST", "BROADSHEET_HOST"), description="Address to listen on."
    )
    port: int = Field(
        8000,
        ge=0,
        le=65_535,
        validation_alias=_named("PORT", "BROADSHEET_PORT"),
        description="Port to listen on; 0 takes a free one.",
    )
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65_535,
        description="Port for `/metrics` alone, which Prometheus reads; 0 takes a free one. Empty: no metrics.",
    )
    metrics_host: str = Field("127.0.0.1", description="Address of that port; not one that the public reaches.")
    data_dir: Path = Field(Path(".broadsheet"), description="Folder of the embedded servers' data; made when missing.")
    database_url: SecretStr | None = Field(
        None,
        validation_alias=_named("DATABASE_URL", "BROADSHEET_DATABASE_URL"),
        description="PostgreSQL 15 or later, as `postgresql://user:password@host:port/name`. "
        "Empty: the embedded server.",
    )
    pgbouncer: bool = Field(
        False,
        description="Whether DATABASE_URL leads to PgBouncer in transaction mode.",
    )
    database_direct_url: SecretStr | None = Field(
        None,
        description="The same database past PgBouncer, for migrations and the making of events. Empty: DATABASE_URL.",
    )
    replica_urls: SecretStr = Field(
        SecretStr(""),
        description="Servers that replay the log of DATABASE_URL's, with commas between: queries are read there.",
    )
    replica_wait: Seconds = Field(
        0.05, description="Seconds that a query waits for a replica that is behind; then the primary is read."
    )
    replica_timeout: Seconds = Field(
        1.0, description="Seconds that one statement may take on a replica; then the primary is asked."
    )
    redis_url: SecretStr | None = Field(
        None,
        validation_alias=_named("REDIS_URL", "BROADSHEET_REDIS_URL"),
        description="Redis 6.2 or later, as `redis://host:port/0`, or a cluster of it, as "
        "`redis+cluster://host:port,host:port`. Empty: the embedded server.",
    )
    database_pool_size: int = Field(
        10, ge=1, le=500, description="Connections to PostgreSQL that each process keeps open."
    )
    database_pool_overflow: int = Field(
        5, ge=0, le=500, description="Connections that may be opened beyond the pool when it is used up."
    )
    database_pool_timeout: Seconds = Field(
        2.0,
        description="Seconds to wait for a connection, or for a turn to ask for one, before the "
        "request is answered with an error.",
    )
    database_pool_recycle: Seconds = Field(
        1_800.0, description="Seconds after which a connection is replaced by a new one."
    )
    database_pool_pre_ping: bool = Field(
        False,
        description="Test each connection with a round trip before its use. Without it, connections "
        "that are known to be closed are replaced all the same, at no cost.",
    )
    request_timeout: Seconds = Field(10.0, description="Seconds that a request may take, retries included.")
    statement_timeout: Seconds = Field(5.0, description="Seconds that PostgreSQL gives one statement of a request.")
    lock_timeout: Seconds = Field(2.0, description="Seconds that a statement of a request waits for a lock.")
    migration_lock_timeout: Seconds = Field(
        1.0,
        description="Seconds that a migration waits for a lock, and requests behind it; then it lets them go first.",
    )
    migration_tries: int = Field(30, ge=1, le=1_000, description="How often it tries; after that nothing was changed.")
    migration_statement_timeout: Seconds = Field(
        600.0, description="Seconds that PostgreSQL gives one statement of a migration."
    )
    redis_connect_timeout: Seconds = Field(0.5, description="Seconds to reach Redis.")
    redis_timeout: Seconds = Field(0.1, description="Seconds that one call to Redis may take.")
    drain_delay: float = Field(
        0.0,
        ge=0,
        le=600,
        description="Seconds between `/readyz` saying no and the end of taking connections, for whoever balances load.",
    )
    shutdown_timeout: Seconds = Field(
        20.0, description="Seconds that running requests get to finish after SIGTERM, beside those of the delay."
    )
    worker_timeout: Seconds = Field(
        30.0, description="Seconds after which one of several processes is renewed whose event loop stands still."
    )
    token_keys: SecretStr | None = Field(
        None,
        description="Keys that sign access tokens, as `name:secret` with commas between; the first one signs, all "
        "are accepted. `openssl rand -hex 32` makes a secret. In development, `serve` keeps one in the data folder.",
    )
    token_issuer: str = Field("broadsheet", min_length=1, description="The issuer that access tokens name.")
    token_audience: str = Field("broadsheet", min_length=1, description="The audience that access tokens name.")
    access_token_lifetime: Seconds = Field(600.0, description="Seconds that an access token holds.")
    session_idle_lifetime: LongSeconds = Field(
        604_800.0, description="Seconds after which a session ends that nobody refreshed."
    )
    session_lifetime: LongSeconds = Field(2_592_000.0, description="Seconds after which every session ends.")
    refresh_grace: float = Field(
        10.0, ge=0, le=60, description="Seconds in which a used refresh token still answers with its successor."
    )
    password_memory_cost: int = Field(
        19_456, ge=8_192, le=1_048_576, description="KiB of memory that hashing a password takes (argon2id)."
    )
    password_time_cost: int = Field(2, ge=1, le=20, description="Passes over that memory.")
    password_workers: int = Field(2, ge=1, le=64, description="Threads that hash passwords, in each process.")
    login_tries: int = Field(
        5,
        ge=1,
        le=1_000,
        description="Failed log-ins to one account in 15 minutes; each further one must wait longer.",
    )
    login_tries_by_address: int = Field(
        20, ge=1, le=100_000, description="Log-ins and sign-ups from one address in a minute."
    )
    sign_up: bool = Field(True, description="Whether anybody may make an account.")
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses and networks, with commas between, whose X-Forwarded-For is believed; `*`: all.",
    )
    sample: bool = Field(
        True, description="In development, fill an empty database with a small sample blog when serving."
    )
    graphiql: bool = Field(True, description="Serve the GraphiQL explorer to browsers at /graphql.")

    @property
    def replicas(self) -> tuple[str, ...]:
        """The URLs of `replica_urls`."""
        urls = self.replica_urls.get_secret_value().split(",")
        return tuple(url.strip() for url in urls if url.strip())

    @property
    def direct_url(self) -> SecretStr | None:
        """The URL of the database itself, past any PgBouncer."""
        return self.database_direct_url or self.database_url

    @model_validator(mode="after")
    def _refuse_other_urls(self) -> Self:
        named = [("DATABASE_URL", self.database_url), ("BROADSHEET_DATABASE_DIRECT_URL", self.database_direct_url)]
        for name, url in [*named, *(("BROADSHEET_REPLICA_URLS", SecretStr(one)) for one in self.replicas)]:
            if url is not None:
                _check_url(name, url, ("postgresql", "postgres"))
        if self.redis_url is not None:
            _check_url("REDIS_URL", self.redis_url, ("redis", "rediss", "unix", *CLUSTER_SCHEMES))
        if self.pgbouncer and self.database_direct_url is None:
            raise ValueError(
                "BROADSHEET_PGBOUNCER needs BROADSHEET_DATABASE_DIRECT_URL, past PgBouncer: for migrations, "
                "and for the one connection that makes events"
            )
        return self

    @model_validator(mode="after")
    def _refuse_what_makes_no_sense(self) -> Self:
        if self.environment == "production":
            missing = [n for n in ("database_url", "redis_url") if getattr(self, n) is None]
            if missing:
                names = " and ".join(n.upper() for n in missing)
                raise ValueError(f"production runs on no embedded servers: set {names}")
            if self.token_keys is None:
                raise ValueError("production takes no key of its own making: set BROADSHEET_TOKEN_KEYS")
        for burst, cost in ((self.rate_burst, self.max_cost), (self.rate_anonymous_burst, self.max_cost_anonymous)):
            if burst < cost:
                raise ValueError(f"a burst of {burst} points never pays for a query of cost {cost}: raise it")
        if self.trusted_documents_only and self.trusted_documents is None:
            raise ValueError("BROADSHEET_TRUSTED_DOCUMENTS_ONLY needs BROADSHEET_TRUSTED_DOCUMENTS")
        if self.lock_timeout >= self.statement_timeout:
            raise ValueError(
                "BROADSHEET_LOCK_TIMEOUT must be less than BROADSHEET_STATEMENT_TIMEOUT, "
                "for the statement's time includes its wait for locks"
            )
        return self


def _check_url(name: str, url: SecretStr, schemes: tuple[str, ...]) -> None:
    """Refuse another kind of server's URL, without repeating the URL: it holds a password."""
    text = url.get_secret_value()
    try:
        parts = urlsplit(text)
        is_cluster = parts.scheme in CLUSTER_SCHEMES
        _ = None if is_cluster else parts.port
    except ValueError:
        raise ValueError(f"{name} is no URL: write {schemes[0]}://…") from None
    if parts.scheme not in schemes:
        raise ValueError(f"{name} must begin with {schemes[0]}://")
    if is_cluster:
        try:
            parse_cluster_url(text)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; `overrides` win over it.

    Raises:
        SettingsError: with one sentence a setting, each saying what to change.

    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(item) for item in error.errors(include_input=False))) from None


def _sentence(item: object) -> str:
    assert isinstance(item, dict)
    message = str(item["msg"]).removeprefix("Value error, ")
    if not item["loc"]:
        return message
    name = str(item["loc"][0])
    return f"{name if name.isupper() else 'BROADSHEET_' + name.upper()}: {message}"
