"""A server that is killed loses nothing that it acknowledged, and does nothing twice."""

import os
from collections import Counter

from gql.relay.ids import encode_id
from tests.fixtures.accounts import person
from tests.fixtures.servers import TOKEN_KEY, connected
from tests.server.kill import Writers, kill_again_and_again, written

TIMES = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "prove" else 3
WRITERS = 50


async def test_what_was_acknowledged_is_there_once(database_url: str, redis_url: str) -> None:
    ann = await person(database_url, "ann", "AUTHOR")
    async with connected(database_url) as connection:
        post_id = await connection.fetchval(
            "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, "
            "published_at) VALUES ('p', 'p', '', '', '', '', 0, $1, 'PUBLISHED', now()) RETURNING id",
            ann.id,
        )
        writers = Writers(ann, encode_id("Post", post_id), WRITERS)
        tally = await kill_again_and_again(
            writers,
            TIMES,
            7,
            DATABASE_URL=database_url,
            REDIS_URL=redis_url,
            BROADSHEET_TOKEN_KEYS=TOKEN_KEY,
            BROADSHEET_SAMPLE="false",
        )
        times = Counter(await written(connection))
    assert tally.kills == TIMES
    assert len(tally.acknowledged) > 10 * TIMES, tally
    assert set(times) == set(tally.acknowledged), "what was acknowledged is there, and nothing else"
    assert set(times.values()) == {1}
