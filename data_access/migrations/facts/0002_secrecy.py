"""Documents called secret after they came, and which deliveries tell of which documents."""

import sqlalchemy as sa
from alembic import op

from data_access.database import Instant

revision = "facts_0002_secrecy"
down_revision = "facts_0001"
branch_labels = None
depends_on = None
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("reject", sa.Column("mark", sa.Text(), nullable=True))
    op.create_table(
        "secret_mark",
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False, comment="keyed hash of the document's key"),
        sa.Column("batch", ROW_ID, nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name=op.f("fk_secret_mark_batch_batch")),
        sa.PrimaryKeyConstraint("fact", "mark", name=op.f("pk_secret_mark")),
    )
    op.create_table(
        "secret_trace",
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("batch", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("fact", "mark", "batch", name=op.f("pk_secret_trace")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("secret_trace")
    op.drop_table("secret_mark")
    with op.batch_alter_table("reject") as reject:
        reject.drop_column("mark")
