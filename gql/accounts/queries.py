import strawberry

from gql.context import Info
from gql.references import ViewerType
from gql.selection import Selection


async def _viewer(info: Info) -> ViewerType | None:
    user_id = info.context.viewer.user_id
    if user_id is None:
        return None
    columns = Selection.of(info._raw_info).columns  # noqa: SLF001
    loader = info.context.loaders.accounts.viewer_by_id.reading(columns)
    return await loader.load(user_id)  # type: ignore[return-value] # stands for it


@strawberry.type
class AccountQueries:
    """Root fields."""

    viewer: ViewerType | None = strawberry.field(
        resolver=_viewer, description="Whoever is signed in; null for an anonymous caller."
    )
