import strawberry

from gql.context import Context
from gql.fields import Selected
from gql.lookups import Found, looked_up
from gql.references import ViewerType


def _viewer(context: Context, _asked: None, selected: Selected) -> Found | None:
    user_id = context.viewer.user_id
    if user_id is None:
        return None
    return context.loaders.accounts.viewer_by_id.reading(selected().columns), user_id


@strawberry.type
class AccountQueries:
    """Root fields."""

    viewer: ViewerType | None = looked_up(_viewer, None, "Whoever is signed in; null for an anonymous caller.")
