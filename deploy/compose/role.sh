#!/bin/sh
# Makes the role that ASLO uses, once, when the database is made. `aslo db upgrade` grants it what it needs, which is little.
set -eu
psql --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --set password="$ASLO_DB_PASSWORD" <<'SQL'
CREATE ROLE aslo LOGIN PASSWORD :'password';
SQL
