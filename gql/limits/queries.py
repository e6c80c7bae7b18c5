from datetime import UTC, datetime, timedelta

import strawberry

from gql.context import Info


@strawberry.type(description="The caller's bucket of points, as in `extensions.cost`: an account's, or an address's.")
class RateLimit:
    """What the caller may still spend."""

    limit: int = strawberry.field(description="Points that there are when none was spent.")
    remaining: int = strawberry.field(description="Points that are left, this request's cost taken off.")
    reset_at: datetime = strawberry.field(description="When all will be back.")


def _rate_limit(info: Info) -> RateLimit:
    context = info.context
    context.session.keepable = False
    bucket = context.services.rates.charge(context.viewer, context.caller.address, 0)
    return RateLimit(
        limit=bucket.limit,
        remaining=bucket.remaining,
        reset_at=datetime.now(UTC) + timedelta(seconds=bucket.reset_after),
    )


@strawberry.type
class LimitQueries:
    """Root fields."""

    rate_limit: RateLimit = strawberry.field(resolver=_rate_limit, description="What the caller may still spend.")
