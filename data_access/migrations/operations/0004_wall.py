"""The wall of screens: where it stands, its code, the phones that drive it, the operating mode."""

import sqlalchemy as sa
from alembic import op

from data_access.database import Instant

revision = "operations_0004_wall"
down_revision = "operations_0003_press"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wall_drive",
        sa.Column("wall", sa.String(length=64), nullable=False, comment="the account that the wall is signed in with"),
        sa.Column("scene", sa.String(length=64), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("held", sa.String(length=16), nullable=False, comment="'', paused, pinned"),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("wall", name=op.f("pk_wall_drive")),
    )
    op.create_table(
        "wall_code",
        sa.Column("wall", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("wall", name=op.f("pk_wall_code")),
    )
    op.create_index(op.f("ix_wall_code_code"), "wall_code", ["code"])
    op.create_table(
        "wall_phone",
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("wall", sa.String(length=64), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_wall_phone")),
    )
    op.create_table(
        "operating_mode",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "mode",
            sa.String(length=16),
            nullable=False,
            comment="normal, emergency, meeting; the newest counts",
        ),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operating_mode")),
    )


def downgrade() -> None:
    op.drop_table("operating_mode")
    op.drop_table("wall_phone")
    op.drop_index(op.f("ix_wall_code_code"), table_name="wall_code")
    op.drop_table("wall_code")
    op.drop_table("wall_drive")
