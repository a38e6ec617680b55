"""What lets the log only grow on PostgreSQL, and whether it is there.

The tables belong to a role that cannot log in. The application's role may read them, and call two functions of that role's.
Triggers refuse changes by whoever has more rights, in sessions that replay replication too. A superuser can switch all of that
off: that is noticed when the log is opened, and what was changed meanwhile by `verify` and by proofs.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import sqlalchemy as sa

from aslo_core.log.schema import REVISION, current_revision

OWNER = "aslo_log_owner"
"""Role that the tables and functions belong to."""
FUNCTIONS = {
    "append(jsonb)": "74bf4d3879e0d30d",
    "await_turn()": "56436a619b0f3375",
    "erase(jsonb)": "74db71d268d4a091",
    "leaf(events)": "fd909c46613646b3",
    "only_with_an_erasure()": "c8c147725cc7a6fa",
    "refuse_change()": "1da6fd923e5ab59c",
}
"""Each function, with what it takes → the begin of the SHA-256 of its settings and body (see `fingerprint`)."""
TRIGGERS = {
    (
        "bodies",
        "bodies_are_appended",
    ): "BEFORE INSERT OR DELETE ON bodies FOR EACH STATEMENT"
    " WHEN ((CURRENT_USER <> 'aslo_log_owner'::name)) EXECUTE FUNCTION refuse_change()",
    ("bodies", "bodies_stay"): "BEFORE UPDATE OR TRUNCATE ON bodies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ("bodies", "bodies_stay_unless_erased"): "BEFORE DELETE ON bodies FOR EACH ROW EXECUTE FUNCTION only_with_an_erasure()",
    (
        "events",
        "events_are_appended",
    ): "BEFORE INSERT ON events FOR EACH STATEMENT"
    " WHEN ((CURRENT_USER <> 'aslo_log_owner'::name)) EXECUTE FUNCTION refuse_change()",
    (
        "events",
        "events_stay",
    ): "BEFORE DELETE OR UPDATE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
}
"""Each trigger, with its table → when it does what."""
CONSTRAINTS = {
    "bodies_pkey": 'PRIMARY KEY ("position")',
    "erasures_have_streams_of_their_own": "CHECK (((type = 'body.erased'::text) = starts_with(stream, 'erasure/'::text)))",
    "events_id": "UNIQUE (id)",
    "events_pkey": 'PRIMARY KEY ("position")',
    "events_stream_version": "UNIQUE (stream, version)",
    "salts_have_16_bytes": "CHECK ((octet_length(salt) = 16))",
    "schemas_count_from_1": "CHECK ((schema > 0))",
}
"""What rows have to satisfy."""
_CALLED = ("append", "erase")

_FOUND_FUNCTIONS = sa.text("""
    SELECT p.proname || '(' || oidvectortypes(p.proargtypes) || ')' AS name, p.proname AS called, p.prosrc AS body,
           p.prosecdef AS definer, coalesce(array_to_string(p.proconfig, ', '), '') AS settings, r.rolname AS owner,
           has_function_privilege(current_user, p.oid, 'EXECUTE') AS may_call
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_roles AS r ON r.oid = p.proowner
    WHERE n.nspname = 'aslo_log' ORDER BY 1
""")
_FOUND_TRIGGERS = sa.text("""
    SELECT c.relname AS on_table, t.tgname AS name, replace(pg_get_triggerdef(t.oid), 'aslo_log.', '') AS definition,
           t.tgenabled = 'A' AS always
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'aslo_log' AND NOT t.tgisinternal ORDER BY 1, 2
""")
_FOUND_CONSTRAINTS = sa.text("""
    SELECT k.conname AS name, pg_get_constraintdef(k.oid) AS definition
    FROM pg_constraint AS k JOIN pg_namespace AS n ON n.oid = k.connamespace WHERE n.nspname = 'aslo_log'
""")
_RULES = sa.text("SELECT rulename FROM pg_rules WHERE schemaname = 'aslo_log' ORDER BY 1")
_TABLES = sa.text("""
    SELECT c.relname AS name, r.rolname AS owner, c.relpersistence = 'p' AS logged, c.relrowsecurity AS hides_rows,
           EXISTS (SELECT 1 FROM pg_inherits AS i WHERE c.oid IN (i.inhparent, i.inhrelid)) AS inherits,
           (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attnotnull AND NOT a.attisdropped) AS optional
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_roles AS r ON r.oid = c.relowner
    WHERE n.nspname = 'aslo_log' AND c.relkind IN ('r', 'p') ORDER BY 1
""")
_ROLES = sa.text("""
    SELECT current_user AS name, me.rolsuper AS super, me.rolcreaterole AS makes_roles,
           pg_has_role(current_user, 'aslo_log_owner', 'MEMBER') AS member, owner.rolcanlogin AS can_login,
           (SELECT r.rolname FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner
            WHERE n.nspname = 'aslo_log') AS schema_owner
    FROM pg_roles AS me, pg_roles AS owner WHERE me.rolname = current_user AND owner.rolname = 'aslo_log_owner'
""")
_PRIVILEGES = sa.text("""
    SELECT has_schema_privilege(current_user, 'aslo_log', 'CREATE')
        OR has_table_privilege(current_user, 'aslo_log.' || name, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege(current_user, 'aslo_log.' || name, 'INSERT, UPDATE, REFERENCES')
    FROM unnest(ARRAY['events', 'bodies']) AS name
""")


def faults(connection: sa.Connection) -> list[str]:
    """Say what is not as it should be, for the role that is connected; nothing is good.

    What a newer program's migrations have added cannot be told from what somebody else has: there, only what is missing or
    altered is a fault.

    Args:
        connection: to a database that has the log's tables.
    """
    is_newer = current_revision(connection) > REVISION
    return [
        *_function_faults(connection, is_newer),
        *_trigger_faults(connection, is_newer),
        *_table_faults(connection),
        *_role_faults(connection),
    ]


def fingerprint(settings: str, body: str) -> str:
    """Name what a function does, whatever its white space."""
    return sha256(" ".join([settings, *body.split()]).encode()).hexdigest()[:16]


def _function_faults(connection: sa.Connection, is_newer: bool) -> Iterator[str]:
    found = {row.name: row for row in connection.execute(_FOUND_FUNCTIONS)}
    for name, expected in FUNCTIONS.items():
        row = found.get(name)
        if row is None:
            yield f"the function {name} is missing"
            continue
        may_be_called = row.called in _CALLED
        if (fingerprint(row.settings, row.body), row.definer, row.owner) != (expected, may_be_called, OWNER):
            yield f"the function {name} was altered"
        if row.may_call and not may_be_called:
            yield f"this role may call the function {name}"
        if may_be_called and not row.may_call:
            yield f"this role may not call the function {name}: run `aslo db upgrade`"
    if not is_newer:
        yield from (f"there is a function {name} that is not ASLO's" for name in sorted(found.keys() - FUNCTIONS.keys()))


def _trigger_faults(connection: sa.Connection, is_newer: bool) -> Iterator[str]:
    found = {(row.on_table, row.name): row for row in connection.execute(_FOUND_TRIGGERS)}
    for (table, name), definition in TRIGGERS.items():
        row = found.get((table, name))
        if row is None:
            yield f"the guard {name} is missing"
        elif row.definition != f"CREATE TRIGGER {name} {definition}":
            yield f"the guard {name} was altered"
        elif not row.always:
            yield f"the guard {name} is switched off"
    if not is_newer:
        for table, name in sorted(found.keys() - TRIGGERS.keys()):
            yield f"there is a trigger {name} on {table} that is not ASLO's"
    yield from (f"there is a rule {name} that is not ASLO's" for name in connection.execute(_RULES).scalars())


def _table_faults(connection: sa.Connection) -> Iterator[str]:
    found = {row.name: row.definition for row in connection.execute(_FOUND_CONSTRAINTS)}
    for name, definition in CONSTRAINTS.items():
        if name not in found:
            yield f"the constraint {name} is missing"
        elif found[name] != definition:
            yield f"the constraint {name} was altered"
    for row in connection.execute(_TABLES):
        if row.owner != OWNER:
            yield f"the table {row.name} belongs to {row.owner}, not to {OWNER}"
        if row.optional is not None:
            yield f"in the table {row.name}, values may be missing that must not: {row.optional}"
        if not row.logged:
            yield f"the table {row.name} is unlogged: a crash of the server empties it"
        if row.hides_rows:
            yield f"the table {row.name} has row security, which hides rows"
        if row.inherits:
            yield f"the table {row.name} inherits or is inherited from, which adds rows"


def _role_faults(connection: sa.Connection) -> Iterator[str]:
    role = connection.execute(_ROLES).one_or_none()
    if role is None:
        yield f"the role {OWNER} is missing"
        return
    if role.schema_owner != OWNER:
        yield f"the schema belongs to {role.schema_owner}, not to {OWNER}"
    if role.can_login:
        yield f"the role {OWNER} can log in: ALTER ROLE {OWNER} NOLOGIN"
    own = "make a role for ASLO alone, name it in data.log_url, and run `aslo db upgrade --as` with the address of this one"
    if role.super:
        yield f"the role {role.name} is a superuser, who may change everything: {own}"
    elif role.member:
        yield f"the role {role.name} is a member of {OWNER}, who may change everything: {own}"
    elif role.makes_roles:
        yield f"the role {role.name} may make roles, and so become a member of {OWNER}: {own}"
    elif any(connection.execute(_PRIVILEGES).scalars()):
        yield f"the role {role.name} may do more with the log's tables than read them: revoke that"
