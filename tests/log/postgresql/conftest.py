"""Here the log is in PostgreSQL."""

import pytest
import sqlalchemy as sa


@pytest.fixture
def where(postgres_where: sa.URL) -> sa.URL:
    return postgres_where
