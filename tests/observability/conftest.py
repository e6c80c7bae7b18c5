import pytest

from tests.fixtures.servers import NewDatabase, execute
from tests.model.shaped import shaped
from tests.model.write import write


@pytest.fixture
async def url(new_database: NewDatabase) -> str:
    """A database with a small blog."""
    url = await new_database()
    await write(shaped(2), url)
    for table in ("users", "tags", "posts"):
        await execute(url, f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)")
    return url
