"""First tables.

Revision: 0001
After: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Every run of three characters: what an index on substrings needs, without an extension that a server may lack.
TITLE_GRAMS = """
CREATE FUNCTION title_grams(value text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(DISTINCT substr(lower(value), i, 3)), '{}')
    FROM generate_series(1, char_length(value) - 2) AS i
)
"""


def upgrade() -> None:
    op.execute(TITLE_GRAMS)
    op.create_table(
        "tags",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), sa.Computed("lower(name)", persisted=True), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,119}$'", name=op.f("tags_slug_check")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("tags_name_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("tags_pkey")),
    )
    op.create_index("tags_name_key_key", "tags", ["name_key"], unique=True)
    op.create_index("tags_slug_key", "tags", ["slug"], unique=True)
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column(
            "username_key",
            sa.Text(collation="C"),
            sa.Computed("lower(username)", persisted=True),
            nullable=False,
        ),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(collation="C"), sa.Computed("lower(email)", persisted=True), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bio", sa.Text(), nullable=True),
        sa.Column("bio_html", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), server_default="READER", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column(
            "has_account",
            sa.Boolean(),
            sa.Computed("password_hash IS NOT NULL", persisted=True),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "char_length(email) <= 254 AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$'",
            name=op.f("users_email_check"),
        ),
        sa.CheckConstraint("role IN ('READER', 'AUTHOR', 'EDITOR', 'ADMIN')", name=op.f("users_role_check")),
        sa.CheckConstraint("username ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$'", name=op.f("users_username_check")),
        sa.CheckConstraint("(bio IS NULL) = (bio_html IS NULL)", name=op.f("users_bio_html_check")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("users_name_check")),
        sa.CheckConstraint("password_hash IS NULL OR email IS NOT NULL", name=op.f("users_account_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
    )
    op.create_index("users_email_key_key", "users", ["email_key"], unique=True)
    op.create_index("users_role_username_key_idx", "users", ["role", "username_key"], unique=False)
    op.create_index("users_username_key_key", "users", ["username_key"], unique=True)
    op.create_table(
        "posts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "title_key",
            sa.Text(collation="C"),
            sa.Computed("left(lower(title), 100)", persisted=True),
            nullable=False,
        ),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(collation="C"), server_default="DRAFT", nullable=False),
        sa.Column("canonical_url", sa.Text(), nullable=True),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "published_key",
            sa.DateTime(timezone=True),
            sa.Computed("coalesce(published_at, 'infinity'::timestamptz)", persisted=True),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', coalesce(summary, '')), 'B') || setweight(to_tsvector('english', left(body_text, 200000)), 'C')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,119}$'", name=op.f("posts_slug_check")),
        sa.CheckConstraint("status <> 'PUBLISHED' OR published_at IS NOT NULL", name=op.f("posts_published_at_check")),
        sa.CheckConstraint("status IN ('DRAFT', 'PUBLISHED', 'ARCHIVED')", name=op.f("posts_status_check")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 300", name=op.f("posts_title_check")),
        sa.CheckConstraint("version >= 1", name=op.f("posts_version_check")),
        sa.CheckConstraint("word_count >= 0", name=op.f("posts_word_count_check")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("posts_author_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("posts_pkey")),
        sa.UniqueConstraint("id", "author_id", name=op.f("posts_id_author_id_key")),
    )
    op.create_index(
        "posts_search_idx",
        "posts",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("status = 'PUBLISHED'"),
    )
    op.create_index("posts_slug_key", "posts", ["slug"], unique=True)
    op.create_index("posts_status_created_idx", "posts", ["status", "created_at", "id"], unique=False)
    op.create_index("posts_status_published_idx", "posts", ["status", "published_key", "id"], unique=False)
    op.create_index("posts_status_title_idx", "posts", ["status", "title_key", "id"], unique=False)
    op.create_index("posts_status_updated_idx", "posts", ["status", "updated_at", "id"], unique=False)
    op.create_index(
        "posts_title_grams_idx",
        "posts",
        [sa.literal_column("title_grams(title)")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(collation="C"), server_default="VISIBLE", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('VISIBLE', 'HIDDEN', 'DELETED')", name=op.f("comments_status_check")),
        sa.CheckConstraint("parent_id < id", name=op.f("comments_parent_is_older_check")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("comments_author_id_fkey")),
        sa.ForeignKeyConstraint(
            ["parent_id", "post_id"],
            ["comments.id", "comments.post_id"],
            name="comments_parent_fkey",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("comments_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("comments_pkey")),
        sa.UniqueConstraint("id", "post_id", name=op.f("comments_id_post_id_key")),
    )
    op.create_index("comments_parent_created_idx", "comments", ["parent_id", "created_at", "id"], unique=False)
    op.create_index("comments_post_created_idx", "comments", ["post_id", "created_at", "id"], unique=False)
    op.create_table(
        "post_coauthors",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("user_id <> author_id", name=op.f("post_coauthors_not_the_author_check")),
        sa.ForeignKeyConstraint(
            ["post_id", "author_id"],
            ["posts.id", "posts.author_id"],
            name=op.f("post_coauthors_post_id_author_id_fkey"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("post_coauthors_user_id_fkey")),
        sa.PrimaryKeyConstraint("post_id", "user_id", name=op.f("post_coauthors_pkey")),
    )
    op.create_index("post_coauthors_user_id_idx", "post_coauthors", ["user_id"], unique=False)
    op.create_table(
        "post_listings",
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("published_key", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title_key", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint("kind IN ('author', 'tag')", name=op.f("post_listings_kind_check")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("post_listings_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("kind", "list_id", "post_id", name=op.f("post_listings_pkey")),
    )
    op.create_index(
        "post_listings_created_idx",
        "post_listings",
        ["kind", "list_id", "status", "created_at", "post_id"],
        unique=False,
    )
    op.create_index("post_listings_post_id_idx", "post_listings", ["post_id"], unique=False)
    op.create_index(
        "post_listings_published_idx",
        "post_listings",
        ["kind", "list_id", "status", "published_key", "post_id"],
        unique=False,
    )
    op.create_index(
        "post_listings_title_idx",
        "post_listings",
        ["kind", "list_id", "status", "title_key", "post_id"],
        unique=False,
    )
    op.create_index(
        "post_listings_updated_idx",
        "post_listings",
        ["kind", "list_id", "status", "updated_at", "post_id"],
        unique=False,
    )
    op.create_table(
        "post_sources",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("front_matter", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("post_sources_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("post_sources_pkey")),
    )
    op.create_index("post_sources_source_path_key", "post_sources", ["source", "path"], unique=True)
    op.create_table(
        "post_tags",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("post_tags_post_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("post_tags_tag_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "tag_id", name=op.f("post_tags_pkey")),
    )
    op.create_index("post_tags_tag_id_idx", "post_tags", ["tag_id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("revisions_version_check")),
        sa.ForeignKeyConstraint(["editor_id"], ["users.id"], name=op.f("revisions_editor_id_fkey")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("revisions_post_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("revisions_pkey")),
    )
    op.create_index("revisions_post_version_key", "revisions", ["post_id", "version"], unique=True)


def downgrade() -> None:
    op.drop_index("revisions_post_version_key", table_name="revisions")
    op.drop_table("revisions")
    op.drop_index("post_tags_tag_id_idx", table_name="post_tags")
    op.drop_table("post_tags")
    op.drop_index("post_sources_source_path_key", table_name="post_sources")
    op.drop_table("post_sources")
    op.drop_index("post_listings_updated_idx", table_name="post_listings")
    op.drop_index("post_listings_title_idx", table_name="post_listings")
    op.drop_index("post_listings_published_idx", table_name="post_listings")
    op.drop_index("post_listings_post_id_idx", table_name="post_listings")
    op.drop_index("post_listings_created_idx", table_name="post_listings")
    op.drop_table("post_listings")
    op.drop_index("post_coauthors_user_id_idx", table_name="post_coauthors")
    op.drop_table("post_coauthors")
    op.drop_index("comments_post_created_idx", table_name="comments")
    op.drop_index("comments_parent_created_idx", table_name="comments")
    op.drop_table("comments")
    op.drop_index("posts_title_grams_idx", table_name="posts", postgresql_using="gin")
    op.drop_index("posts_status_updated_idx", table_name="posts")
    op.drop_index("posts_status_title_idx", table_name="posts")
    op.drop_index("posts_status_published_idx", table_name="posts")
    op.drop_index("posts_status_created_idx", table_name="posts")
    op.drop_index("posts_slug_key", table_name="posts")
    op.drop_index(
        "posts_search_idx",
        table_name="posts",
        postgresql_using="gin",
        postgresql_where=sa.text("status = 'PUBLISHED'"),
    )
    op.drop_table("posts")
    op.drop_index("users_username_key_key", table_name="users")
    op.drop_index("users_role_username_key_idx", table_name="users")
    op.drop_index("users_email_key_key", table_name="users")
    op.drop_table("users")
    op.drop_index("tags_slug_key", table_name="tags")
    op.drop_index("tags_name_key_key", table_name="tags")
    op.drop_table("tags")
    op.execute("DROP FUNCTION title_grams(text)")
