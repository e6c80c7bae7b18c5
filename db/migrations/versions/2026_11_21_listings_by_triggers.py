"""Keep post_listings by triggers on posts, post_tags and post_coauthors.

Revision: 0002
After: 0001

Statement triggers with transition tables: a bulk write costs one statement more for each table, not one a row.
A trigger that adds a row to a list first locks the post FOR SHARE: else a post that is published at the same time
by another transaction would keep its old status in the new list.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CARD = "status, published_key, updated_at, created_at, title_key"

POST_INSERTED = f"""
CREATE FUNCTION post_listings_post_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO post_listings (kind, list_id, post_id, {CARD})
    SELECT 'author', author_id, id, {CARD} FROM new_rows;
    RETURN NULL;
END $$
"""

POST_UPDATED = f"""
CREATE FUNCTION post_listings_post_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM post_listings l USING old_rows o JOIN new_rows n USING (id)
    WHERE o.author_id <> n.author_id AND l.kind = 'author' AND l.list_id = o.author_id AND l.post_id = o.id;
    INSERT INTO post_listings (kind, list_id, post_id, {CARD})
    SELECT 'author', n.author_id, n.id, {", ".join("n." + c for c in CARD.split(", "))}
    FROM old_rows o JOIN new_rows n USING (id) WHERE o.author_id <> n.author_id;
    UPDATE post_listings l
    SET ({CARD}) = ROW ({", ".join("n." + c for c in CARD.split(", "))})
    FROM new_rows n
    WHERE l.post_id = n.id
    AND ({", ".join("l." + c for c in CARD.split(", "))})
        IS DISTINCT FROM ({", ".join("n." + c for c in CARD.split(", "))});
    RETURN NULL;
END $$
"""

LINK_CHANGED = """
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {deletion}
    {insertion}
    RETURN NULL;
END $$
"""

DELETION = """
    DELETE FROM post_listings l USING old_rows o
    WHERE l.kind = '{kind}' AND l.list_id = o.{key} AND l.post_id = o.post_id;
"""

INSERTION = """
    PERFORM 1 FROM posts WHERE id IN (SELECT post_id FROM new_rows) ORDER BY id FOR SHARE;
    INSERT INTO post_listings (kind, list_id, post_id, {card})
    SELECT '{kind}', n.{key}, p.id, {columns} FROM new_rows n JOIN posts p ON p.id = n.post_id;
"""

TRIGGER = """
CREATE TRIGGER {name} AFTER {event} ON {table}
REFERENCING {transition} FOR EACH STATEMENT EXECUTE FUNCTION {function}()
"""

TRANSITIONS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}
LINKS = (("post_tags", "tag", "tag_id"), ("post_coauthors", "author", "user_id"))


def upgrade() -> None:
    op.execute(POST_INSERTED)
    op.execute(POST_UPDATED)
    _trigger("posts", "INSERT", "post_listings_post_inserted")
    _trigger("posts", "UPDATE", "post_listings_post_updated")
    for table, kind, key in LINKS:
        deletion = DELETION.format(kind=kind, key=key)
        columns = ", ".join("p." + c for c in CARD.split(", "))
        insertion = INSERTION.format(kind=kind, key=key, card=CARD, columns=columns)
        for event in TRANSITIONS:
            function = f"post_listings_{table}_{event.lower()}"
            op.execute(
                LINK_CHANGED.format(
                    function=function,
                    deletion=deletion if event != "INSERT" else "",
                    insertion=insertion if event != "DELETE" else "",
                )
            )
            _trigger(table, event, function)


def downgrade() -> None:
    for table, _, _ in LINKS:
        for event in TRANSITIONS:
            op.execute(f"DROP FUNCTION post_listings_{table}_{event.lower()}() CASCADE")
    op.execute("DROP FUNCTION post_listings_post_updated() CASCADE")
    op.execute("DROP FUNCTION post_listings_post_inserted() CASCADE")


def _trigger(table: str, event: str, function: str) -> None:
    op.execute(
        TRIGGER.format(
            name=f"{table}_listings_{event.lower()}",
            event=event,
            table=table,
            transition=TRANSITIONS[event],
            function=function,
        )
    )
