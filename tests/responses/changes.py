"""Writes of every kind, by plain SQL: behind the back of the API, as a script or psql would."""

import asyncpg

_ANY = "(SELECT id FROM {0} ORDER BY id OFFSET {{n}} % greatest((SELECT count(*) FROM {0}), 1) LIMIT 1)"
_NEW_SLUG = "NOT EXISTS (SELECT FROM posts WHERE slug = 'slug-{n}')"
_NEW_NAME = "NOT EXISTS (SELECT FROM users WHERE username = 'name{n}')"
_NEW_TAG = "NOT EXISTS (SELECT FROM tags WHERE slug = 'tag-{n}')"
_NO_REPLY = "NOT EXISTS (SELECT FROM comments r WHERE r.parent_id = comments.id)"
_COLUMNS = "id, slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, published_at"
POST, USER, TAG, COMMENT = (_ANY.format(name) for name in ("posts", "users", "tags", "comments"))

CHANGES = (
    f"UPDATE posts SET body = body || '!', body_html = body_html || '!' WHERE id = {POST}",
    f"UPDATE posts SET title = 'kiwi {{n}}', updated_at = now() WHERE id = {POST}",
    f"UPDATE posts SET slug = 'slug-{{n}}' WHERE id = {POST} AND {_NEW_SLUG}",
    f"UPDATE posts SET status = 'PUBLISHED', published_at = coalesce(published_at, now()) WHERE id = {POST}",
    f"UPDATE posts SET status = 'DRAFT' WHERE id = {POST}",
    f"UPDATE posts SET status = 'ARCHIVED' WHERE id = {POST}",
    f"UPDATE posts SET published_at = '2024-03-01'::timestamptz + interval '{{n}} minutes' WHERE id = {POST}",
    f"UPDATE posts SET word_count = {{n}}, version = version + 1 WHERE id = {POST}",
    f"UPDATE posts SET summary = 'mango {{n}}', canonical_url = NULL WHERE id = {POST}",
    "UPDATE posts SET title = title || '.' WHERE status = 'PUBLISHED'",
    f"DELETE FROM post_tags WHERE post_id = {POST}",
    f"INSERT INTO post_tags (post_id, tag_id, position) SELECT {POST}, {TAG}, 9 ON CONFLICT DO NOTHING",
    "UPDATE post_tags SET position = position + 1",
    f"DELETE FROM post_coauthors WHERE post_id = {POST}",
    f"""INSERT INTO post_coauthors (post_id, user_id, author_id, position)
        SELECT p.id, u.id, p.author_id, 9 FROM posts p, users u
        WHERE p.id = {POST} AND u.id = {USER} AND u.id <> p.author_id ON CONFLICT DO NOTHING""",
    f"UPDATE users SET name = 'Name {{n}}' WHERE id = {USER}",
    f"UPDATE users SET bio = 'bio {{n}}', bio_html = '<p>{{n}}</p>' WHERE id = {USER}",
    f"UPDATE users SET username = 'name{{n}}' WHERE id = {USER} AND {_NEW_NAME}",
    f"UPDATE users SET role = (ARRAY['READER','AUTHOR','EDITOR','ADMIN'])[1 + {{n}} % 4] WHERE id = {USER}",
    f"UPDATE tags SET name = 'Tag {{n}}', slug = 'tag-{{n}}' WHERE id = {TAG} AND {_NEW_TAG}",
    f"UPDATE tags SET description = 'About {{n}}' WHERE id = {TAG}",
    "INSERT INTO tags (slug, name) VALUES ('new-{n}', 'New {n}') ON CONFLICT DO NOTHING",
    "DELETE FROM tags WHERE slug LIKE 'new-%'",
    f"UPDATE comments SET status = (ARRAY['VISIBLE','HIDDEN','DELETED'])[1 + {{n}} % 3] WHERE id = {COMMENT}",
    f"UPDATE comments SET body = 'said {{n}}', body_html = '<p>{{n}}</p>', edited_at = now() WHERE id = {COMMENT}",
    f"DELETE FROM comments WHERE id = {COMMENT} AND {_NO_REPLY}",
    f"""INSERT INTO comments (id, post_id, author_id, body, body_html)
        SELECT 10000 + (SELECT count(*) FROM comments) + {{n}} * 1000, {POST}, {USER}, 'new', '<p>new</p>'
        WHERE {POST} IS NOT NULL ON CONFLICT DO NOTHING""",
    f"""INSERT INTO revisions (id, post_id, version, title, summary, body)
        SELECT 10000 + {{n}}, {POST}, 1000 + {{n}}, 'r', 'r', 'r' WHERE {POST} IS NOT NULL ON CONFLICT DO NOTHING""",
    f"""INSERT INTO posts ({_COLUMNS})
        SELECT 10000 + {{n}}, 'made-{{n}}', 'Made', '', '', '', 'kiwi', 1, {USER}, 'PUBLISHED', now()
        ON CONFLICT DO NOTHING""",
    "DELETE FROM posts WHERE id >= 10000",
    "BEGIN; UPDATE posts SET title = 'never'; ROLLBACK",
    "SELECT 1",
)


async def change(connection: asyncpg.Connection, template: str, number: int) -> str:
    """Do one of them; `number` says to which row. What constraints refuse is no change."""
    statement = template.replace("{n}", str(number))
    try:
        await connection.execute(statement)
    except asyncpg.IntegrityConstraintViolationError as error:
        return f"nothing: {error}"
    return statement
