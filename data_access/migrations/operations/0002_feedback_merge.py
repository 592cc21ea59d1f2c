"""What people decided about reports that may be one."""

import sqlalchemy as sa
from alembic import op

from data_access.database import Instant

revision = "operations_0002"
down_revision = "operations_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("feedback", sa.String(length=128), nullable=False),
        sa.Column("of_system", sa.String(length=64), nullable=False),
        sa.Column("of_feedback", sa.String(length=128), nullable=False),
        sa.Column(
            "decision", sa.String(length=16), nullable=False, comment="merged or apart; the newest of a pair counts"
        ),
        sa.Column("clock_at", Instant(), nullable=False, comment="when the earlier of the two was sent"),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_decision")),
    )
    op.create_index(op.f("ix_feedback_decision_system_feedback"), "feedback_decision", ["system", "feedback"])


def downgrade() -> None:
    op.drop_index(op.f("ix_feedback_decision_system_feedback"), table_name="feedback_decision")
    op.drop_table("feedback_decision")
