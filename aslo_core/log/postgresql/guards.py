"""What lets the log only grow on PostgreSQL, and whether it is there.

The tables belong to a role that cannot log in. The application's role may read them, and call two functions of that role's.
Triggers refuse changes by whoever has more rights, in sessions that replay replication too. A superuser can switch all of that
off: that is noticed when the log is opened, and what was changed meanwhile by `verify` and by proofs.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import sqlalchemy as sa

OWNER = "aslo_log_owner"
"""Role that the tables and functions belong to."""
FUNCTIONS = {
    "append(jsonb)": "160ab5d78ae6e15e",
    "await_turn()": "fe5ae98c05c318bc",
    "erase(jsonb)": "80d1be1cba93b115",
    "field(bytea)": "c1e105076f7cccff",
    "field(text)": "33f45d59c5300a87",
    "field(bigint)": "9b2bb1fc732a70a5",
    "leaf(text, text, bigint, text, bigint, bigint, text, text, text, text, text, bytea, bytea)": "5d5229aed060f292",
    "only_by_the_owner()": "adb31e0ab686a209",
    "only_with_an_erasure()": "e0f2e0469c4cf4ef",
    "refuse_change()": "79aadd0bd3178817",
}
"""Each function, with what it takes → the begin of the SHA-256 of its body (see `fingerprint`)."""
TRIGGERS = {
    "bodies_are_appended": "BEFORE INSERT OR DELETE ON bodies FOR EACH STATEMENT EXECUTE FUNCTION only_by_the_owner()",
    "bodies_stay": "BEFORE UPDATE OR TRUNCATE ON bodies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "bodies_stay_unless_erased": "BEFORE DELETE ON bodies FOR EACH ROW EXECUTE FUNCTION only_with_an_erasure()",
    "events_are_appended": "BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION only_by_the_owner()",
    "events_stay": "BEFORE DELETE OR UPDATE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
}
"""Each trigger → when it does what."""
CONSTRAINTS = ("erasures_have_streams_of_their_own", "salts_have_16_bytes")
"""Checks of rows."""
_CALLED = ("append", "erase")

_FOUND_FUNCTIONS = sa.text("""
    SELECT p.proname || '(' || oidvectortypes(p.proargtypes) || ')' AS name, p.proname AS called, p.prosrc AS body,
           p.prosecdef AS definer, coalesce(array_to_string(p.proconfig, ','), '') AS settings, r.rolname AS owner,
           has_function_privilege(current_user, p.oid, 'EXECUTE') AS may_call
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_roles AS r ON r.oid = p.proowner
    WHERE n.nspname = 'aslo_log' ORDER BY 1
""")
_FOUND_TRIGGERS = sa.text("""
    SELECT t.tgname AS name, replace(pg_get_triggerdef(t.oid), 'aslo_log.', '') AS definition, t.tgenabled AS enabled
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'aslo_log' AND NOT t.tgisinternal ORDER BY 1
""")
_CONSTRAINTS = sa.text("""
    SELECT k.conname FROM pg_constraint AS k JOIN pg_namespace AS n ON n.oid = k.connamespace
    WHERE n.nspname = 'aslo_log' AND k.contype = 'c' AND k.convalidated
""")
_RULES = sa.text("SELECT rulename FROM pg_rules WHERE schemaname = 'aslo_log' ORDER BY 1")
_OWNERS = sa.text("""
    SELECT c.relname AS name, r.rolname AS owner FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_roles AS r ON r.oid = c.relowner
    WHERE n.nspname = 'aslo_log' AND c.relkind = 'r' AND r.rolname <> 'aslo_log_owner' ORDER BY 1
""")
_ROLES = sa.text("""
    SELECT current_user AS name, me.rolsuper AS super,
           pg_has_role(current_user, 'aslo_log_owner', 'MEMBER') AS member, owner.rolcanlogin AS can_login
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

    Args:
        connection: to a database that has the log's tables.
    """
    return [*_function_faults(connection), *_trigger_faults(connection), *_role_faults(connection)]


def fingerprint(body: str) -> str:
    """Name a function's body, whatever its white space."""
    return sha256(" ".join(body.split()).encode()).hexdigest()[:16]


def _function_faults(connection: sa.Connection) -> Iterator[str]:
    found = {row.name: row for row in connection.execute(_FOUND_FUNCTIONS)}
    for name, body in FUNCTIONS.items():
        row = found.get(name)
        if row is None:
            yield f"the function {name} is missing"
            continue
        may_be_called = row.called in _CALLED
        is_pinned = row.settings.startswith("search_path=aslo_log, pg_temp") or not may_be_called
        if (fingerprint(row.body), row.definer, row.owner, is_pinned) != (body, may_be_called, OWNER, True):
            yield f"the function {name} was altered"
        if row.may_call and not may_be_called:
            yield f"this role may call the function {name}"
        if may_be_called and not row.may_call:
            yield f"this role may not call the function {name}: run `aslo db upgrade`"
    yield from (f"there is a function {name} that is not ASLO's" for name in sorted(found.keys() - FUNCTIONS.keys()))


def _trigger_faults(connection: sa.Connection) -> Iterator[str]:
    found = {row.name: row for row in connection.execute(_FOUND_TRIGGERS)}
    for name, definition in TRIGGERS.items():
        row = found.get(name)
        if row is None:
            yield f"the guard {name} is missing"
        elif row.definition != f"CREATE TRIGGER {name} {definition}":
            yield f"the guard {name} was altered"
        elif row.enabled not in {"A", b"A"}:
            yield f"the guard {name} is switched off"
    yield from (f"there is a trigger {name} that is not ASLO's" for name in sorted(found.keys() - TRIGGERS.keys()))
    present = set(connection.execute(_CONSTRAINTS).scalars())
    yield from (f"the constraint {name} is missing" for name in CONSTRAINTS if name not in present)
    yield from (f"there is a rule {name} that is not ASLO's" for name in connection.execute(_RULES).scalars())


def _role_faults(connection: sa.Connection) -> Iterator[str]:
    yield from (f"the table {row.name} belongs to {row.owner}, not to {OWNER}" for row in connection.execute(_OWNERS))
    role = connection.execute(_ROLES).one_or_none()
    if role is None:
        yield f"the role {OWNER} is missing"
        return
    if role.can_login:
        yield f"the role {OWNER} can log in: ALTER ROLE {OWNER} NOLOGIN"
    own = "make a role for ASLO alone, name it in data.log_url, and run `aslo db upgrade --as` with the address of this one"
    if role.super:
        yield f"the role {role.name} is a superuser, who may change everything: {own}"
    elif role.member:
        yield f"the role {role.name} is a member of {OWNER}, who may change everything: {own}"
    elif any(connection.execute(_PRIVILEGES).scalars()):
        yield f"the role {role.name} may do more with the log's tables than read them: revoke that"
