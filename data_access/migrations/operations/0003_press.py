"""What people say of the tone of press items, and the model made from it."""

import sqlalchemy as sa
from alembic import op

from data_access.database import Instant

revision = "operations_0003_press"
down_revision = "operations_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "press_mark",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("outlet", sa.String(length=64), nullable=False),
        sa.Column("article", sa.String(length=64), nullable=False),
        sa.Column(
            "tone",
            sa.String(length=16),
            nullable=False,
            comment="tich_cuc, trung_tinh, tieu_cuc; the newest of an item counts",
        ),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("marked_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_press_mark")),
    )
    op.create_index(op.f("ix_press_mark_outlet_article"), "press_mark", ["outlet", "article"])
    op.create_table(
        "press_model",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("accuracy", sa.Double(), nullable=False, comment="cross-validated, 0 to 1"),
        sa.Column("macro_f1", sa.Double(), nullable=False, comment="cross-validated, 0 to 1"),
        sa.Column("baseline", sa.Double(), nullable=False, comment="share of the commonest tone, 0 to 1"),
        sa.Column("told", sa.Text(), nullable=False, comment="JSON: folds, seed, count and F1 of each tone"),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("trained_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_press_model")),
    )
    op.create_table(
        "press_guess",
        sa.Column("outlet", sa.String(length=64), nullable=False),
        sa.Column("article", sa.String(length=64), nullable=False),
        sa.Column("tone", sa.String(length=16), nullable=False),
        sa.Column("sure", sa.Double(), nullable=False, comment="calibrated probability, 0 to 1"),
        sa.PrimaryKeyConstraint("outlet", "article", name=op.f("pk_press_guess")),
    )


def downgrade() -> None:
    op.drop_table("press_guess")
    op.drop_table("press_model")
    op.drop_index(op.f("ix_press_mark_outlet_article"), table_name="press_mark")
    op.drop_table("press_mark")
