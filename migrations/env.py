"""How Alembic reaches the database of the instance."""

from alembic import context
from sqlalchemy.engine import Connection

import trial.records.models
import trial.web.accounts
import trial.web.sessions  # noqa: F401 (its table belongs to the metadata)
from trial.records.base import Base


def run(connection: Connection) -> None:
    """Migrate through the connection that the caller opened, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        user_module_prefix="trial.records.base.",
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
