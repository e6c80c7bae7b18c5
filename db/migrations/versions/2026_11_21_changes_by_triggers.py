"""State every change of a row that the API shows, by triggers.

Revision: 0004
After: 0003

Statement triggers with transition tables: none can be forgotten, whoever writes, and a bulk write costs one statement
more. A statement that touches more than MANY rows states one change, of the whole entity.
"""

from dataclasses import dataclass

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MANY = 1000


@dataclass(frozen=True)
class Watched:
    """A table: what identifies a row's owner, what a change carries along, and what else readers can see."""

    table: str
    entity: str
    key: str
    card: tuple[str, ...]
    others: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    """By what a row is the same after an update; else by its key, or, of a link, by nothing."""


WATCHED = (
    Watched(
        "posts",
        "post",
        "id",
        ("slug", "status", "author_id", "published_at", "created_at", "updated_at", "title_key", "version"),
        ("title", "summary", "excerpt", "body", "body_html", "word_count", "canonical_url"),
    ),
    Watched(
        "users", "user", "id", ("username_key", "role"), ("username", "name", "bio", "url", "email", "has_account")
    ),
    Watched("tags", "tag", "id", ("slug", "name_key"), ("name", "description")),
    Watched(
        "comments",
        "comment",
        "id",
        ("post_id", "author_id", "parent_id", "status", "created_at"),
        ("body", "edited_at"),
    ),
    Watched("revisions", "revision", "id", ("post_id", "version")),
    Watched("post_tags", "post_tag", "post_id", ("tag_id", "position")),
    Watched("post_coauthors", "post_coauthor", "post_id", ("user_id", "position")),
    Watched(
        "post_listings",
        "post_listing",
        "post_id",
        ("kind", "list_id", "status", "published_key", "updated_at", "created_at", "title_key"),
        identity=("kind", "list_id", "post_id"),
    ),
    Watched("sessions", "session", "id", ("user_id", "revoked_at", "expires_at"), ("last_seen_at",)),
)

FUNCTION = """
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM {rows} LIMIT {many} + 1) AS few) > {many} THEN
        INSERT INTO changes (entity, kind) VALUES ('{entity}', '{event}');
    ELSE
        INSERT INTO changes (entity, kind, row_id, before, after, columns)
        {selected};
    END IF;
    RETURN NULL;
END $$
"""

TRIGGER = """
CREATE TRIGGER {function} AFTER {event} ON {table}
REFERENCING {transition} FOR EACH STATEMENT EXECUTE FUNCTION {function}()
"""

TRANSITIONS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}


def upgrade() -> None:
    for watched in WATCHED:
        for event, transition in TRANSITIONS.items():
            function = _function(watched, event)
            op.execute(
                FUNCTION.format(
                    function=function,
                    rows="old_rows" if event == "DELETE" else "new_rows",
                    many=MANY,
                    entity=watched.entity,
                    event=event,
                    selected=_selected(watched, event),
                )
            )
            op.execute(TRIGGER.format(function=function, event=event, table=watched.table, transition=transition))


def downgrade() -> None:
    for watched in WATCHED:
        for event in TRANSITIONS:
            op.execute(f"DROP FUNCTION {_function(watched, event)}() CASCADE")


def _function(watched: Watched, event: str) -> str:
    return f"changes_{watched.table}_{event.lower()}"


def _card(watched: Watched, row: str) -> str:
    pairs = ", ".join(f"'{name}', {row}.{name}" for name in watched.card)
    return f"jsonb_build_object({pairs})"


def _columns(row: str, names: str) -> str:
    return ", ".join(f"{row}.{name}" for name in names.split(", "))


def _selected(watched: Watched, event: str) -> str:
    entity, key = watched.entity, watched.key
    inserted = f"SELECT '{entity}', 'INSERT', n.{key}, NULL, {_card(watched, 'n')}, NULL::text[] FROM new_rows n"
    deleted = f"SELECT '{entity}', 'DELETE', o.{key}, {_card(watched, 'o')}, NULL, NULL::text[] FROM old_rows o"
    if event == "INSERT":
        return inserted
    if event == "DELETE":
        return deleted
    identity = watched.identity or (("id",) if key == "id" else ())
    if not identity:
        # A link has no identity but its ends: another end is another link.
        ends = ", ".join((key, *watched.card))
        return f"""{deleted} WHERE ({_columns("o", ends)}) NOT IN (SELECT {ends} FROM new_rows)
            UNION ALL {inserted} WHERE ({_columns("n", ends)}) NOT IN (SELECT {ends} FROM old_rows)"""
    names = ", ".join(f"CASE WHEN o.{c} IS DISTINCT FROM n.{c} THEN '{c}' END" for c in watched.card + watched.others)
    return f"""SELECT '{entity}', 'UPDATE', n.{key}, {_card(watched, "o")}, {_card(watched, "n")}, changed.names
        FROM old_rows o JOIN new_rows n USING ({", ".join(identity)}),
            LATERAL (SELECT array_remove(ARRAY[{names}], NULL) AS names) AS changed
        WHERE changed.names <> '{{}}'"""
