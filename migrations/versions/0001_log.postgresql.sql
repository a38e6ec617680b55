-- What guards the log on PostgreSQL. It is run in the log's schema as the role aslo_log_owner, which nobody can log in as. The
-- application may read the tables and call append and erase; nothing but these two can write them.

CREATE FUNCTION await_turn() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- A snapshot that is older than the lock would not see the newest positions.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'events are appended in transactions that are READ COMMITTED, this one is %',
            upper(current_setting('transaction_isolation')) USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock(7022344802737188711);
END
$$;
COMMENT ON FUNCTION await_turn() IS 'One writer at a time, until its commit: positions come without gaps and in the order of commits.';

CREATE FUNCTION leaf(event events) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
    envelope bytea := '';
    field bytea;
BEGIN
    FOREACH field IN ARRAY ARRAY[
        int8send(1), uuid_send(event.id::uuid), convert_to(event.stream, 'UTF8'), int8send(event.version),
        convert_to(event.type, 'UTF8'), int8send(event.schema), int8send(event.recorded_us), convert_to(event.source, 'UTF8'),
        convert_to(event.key, 'UTF8'), convert_to(event.actor, 'UTF8'), convert_to(event.correlation, 'UTF8'),
        convert_to(event.causation, 'UTF8'), sha256(event.metadata), event.body_digest
    ] LOOP
        envelope := envelope || substring(int4send(octet_length(field)) FROM 3) || field;
    END LOOP;
    IF octet_length(envelope) > 65535 OR octet_length(event.body_digest) <> 32 THEN
        RAISE EXCEPTION 'the envelope has % bytes, 65535 are allowed; its body digest %, which are to be 32',
            octet_length(envelope), octet_length(event.body_digest) USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN sha256('\x00'::bytea || envelope);
END
$$;
COMMENT ON FUNCTION leaf IS 'The leaf of an event, whose fields have two bytes of length each: docs/reference/log-format.md.';

-- Few statements, each a simple one, and operators of jsonb rather than functions that return sets: between two appends the
-- processor's caches go cold, and each kind of work that an append begins costs more than to do it again.
CREATE FUNCTION append(drafts jsonb)
RETURNS TABLE (number int, failure text, subject text, at_position bigint, at_version bigint, at_us bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = aslo_log, pg_temp AS $$
DECLARE
    draft jsonb;
    items jsonb;
    item jsonb;
    event events;
    newest bigint;
    versions bigint[];
BEGIN
    PERFORM await_turn();
    SELECT e.position, e.recorded_us INTO newest, at_us FROM events AS e ORDER BY e.position DESC LIMIT 1;
    newest := coalesce(newest, -1);
    at_us := greatest(at_us, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    FOR n IN 0 .. coalesce(jsonb_array_length(drafts), 0) - 1 LOOP
        draft := drafts -> n;
        number := n + 1;
        failure := NULL;
        event := NULL;
        event.source := draft ->> 'source';
        event.key := draft ->> 'key';
        event.actor := draft ->> 'actor';
        event.correlation := draft ->> 'correlation';
        event.causation := draft ->> 'causation';
        event.recorded_us := at_us;
        IF event.key <> '' AND EXISTS (SELECT 1 FROM events AS e WHERE e.source = event.source AND e.key = event.key AND e.key <> '')
        THEN
            failure := 'key';
        ELSE
            items := draft -> 'expect';
            FOR i IN 0 .. coalesce(jsonb_array_length(items), 0) - 1 LOOP
                item := items -> i;
                event.stream := item ->> 'stream';
                event.version := coalesce((SELECT max(e.version) FROM events AS e WHERE e.stream = event.stream), 0);
                IF event.version <> (item ->> 'version')::bigint THEN
                    failure := 'version';
                    EXIT;
                END IF;
            END LOOP;
        END IF;
        IF failure IS NOT NULL THEN
            subject := event.stream;
            at_position := NULL;
            at_version := event.version;
            RETURN NEXT;
            CONTINUE;
        END IF;
        BEGIN
            items := draft -> 'events';
            IF items = '[]' THEN
                RAISE EXCEPTION 'an append needs at least one event' USING ERRCODE = 'invalid_parameter_value';
            END IF;
            event.position := newest;
            versions := '{}';
            FOR i IN 0 .. jsonb_array_length(items) - 1 LOOP
                item := items -> i;
                IF event.stream IS DISTINCT FROM item ->> 'stream' THEN
                    event.stream := item ->> 'stream';
                    event.version := coalesce((SELECT max(e.version) FROM events AS e WHERE e.stream = event.stream), 0);
                END IF;
                event.position := event.position + 1;
                event.version := event.version + 1;
                event.id := (item ->> 'id')::uuid;
                event.type := item ->> 'type';
                event.schema := item ->> 'schema';
                event.metadata := decode(item ->> 'metadata', 'base64');
                event.body_digest := decode(item ->> 'digest', 'base64');
                event.leaf := leaf(event);
                IF event.type = 'body.erased' THEN
                    RAISE EXCEPTION 'an erasure is recorded by erase alone' USING ERRCODE = 'invalid_parameter_value';
                END IF;
                INSERT INTO events VALUES (event.*);
                INSERT INTO bodies (position, salt, size, deflated)
                VALUES (event.position, decode(item ->> 'salt', 'base64'), (item ->> 'size')::bigint, decode(item ->> 'deflated', 'base64'));
                versions := versions || event.version;
            END LOOP;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
            failure := 'refused';
            subject := SQLERRM;
            at_position := NULL;
            at_version := NULL;
            RETURN NEXT;
            CONTINUE;
        END;
        subject := NULL;
        FOREACH at_version IN ARRAY versions LOOP
            newest := newest + 1;
            at_position := newest;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION append IS
    'Write several appends, each whole or not at all. A row for each event that was written, or one for an append that was not: '
    'its key was used before (key), a stream is at another version (version), or a row was impossible (refused).';

CREATE FUNCTION erase(draft jsonb) RETURNS TABLE (at_position bigint, at_us bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = aslo_log, pg_temp AS $$
DECLARE
    target record;
    event events;
    item jsonb := draft -> 'events' -> 0;
BEGIN
    PERFORM await_turn();
    SELECT e.position, e.type INTO target FROM events AS e WHERE e.id = draft ->> 'erases';
    IF NOT FOUND OR target.type = 'body.erased' THEN
        RAISE EXCEPTION 'event % is not there, or records an erasure itself', draft ->> 'erases'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    event.stream := 'erasure/' || (draft ->> 'erases');
    IF EXISTS (SELECT 1 FROM events AS e WHERE e.stream = event.stream) THEN
        RETURN;
    END IF;
    SELECT e.position + 1, e.recorded_us INTO at_position, at_us FROM events AS e ORDER BY e.position DESC LIMIT 1;
    at_us := greatest(at_us, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    event.position := at_position;
    event.id := (item ->> 'id')::uuid;
    event.version := 1;
    event.type := 'body.erased';
    event.schema := item ->> 'schema';
    event.recorded_us := at_us;
    event.source := draft ->> 'source';
    event.key := '';
    event.actor := draft ->> 'actor';
    event.correlation := draft ->> 'correlation';
    event.causation := draft ->> 'causation';
    event.metadata := decode(item ->> 'metadata', 'base64');
    event.body_digest := decode(item ->> 'digest', 'base64');
    event.leaf := leaf(event);
    INSERT INTO events VALUES (event.*);
    INSERT INTO bodies (position, salt, size, deflated)
    VALUES (event.position, decode(item ->> 'salt', 'base64'), (item ->> 'size')::bigint, decode(item ->> 'deflated', 'base64'));
    DELETE FROM bodies WHERE position = target.position;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION erase IS 'Remove the body of an event, and record that. No row: it was erased before.';

ALTER TABLE events ADD CONSTRAINT erasures_have_streams_of_their_own
    CHECK ((type = 'body.erased') = starts_with(stream, 'erasure/'));
ALTER TABLE events ADD CONSTRAINT schemas_count_from_1 CHECK (schema > 0);
ALTER TABLE bodies ADD CONSTRAINT salts_have_16_bytes CHECK (octet_length(salt) = 16);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log only grows: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- A trigger's function runs with the search path of whoever sets it off, who may have operators of his own in it.
CREATE FUNCTION only_with_an_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM aslo_log.events AS record JOIN aslo_log.events AS target ON record.stream = 'erasure/' || target.id
        WHERE target.position = OLD.position AND target.type <> 'body.erased' AND record.type = 'body.erased'
    ) THEN
        RAISE EXCEPTION 'the log only grows: a body goes only with an event that records its erasure'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_are_appended BEFORE INSERT ON events FOR EACH STATEMENT
    WHEN (current_user <> 'aslo_log_owner') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bodies_stay BEFORE UPDATE OR TRUNCATE ON bodies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bodies_are_appended BEFORE INSERT OR DELETE ON bodies FOR EACH STATEMENT
    WHEN (current_user <> 'aslo_log_owner') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bodies_stay_unless_erased BEFORE DELETE ON bodies FOR EACH ROW EXECUTE FUNCTION only_with_an_erasure();

-- Otherwise a session that is set to apply replicated changes would not run them.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_stay;
ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_appended;
ALTER TABLE bodies ENABLE ALWAYS TRIGGER bodies_stay;
ALTER TABLE bodies ENABLE ALWAYS TRIGGER bodies_are_appended;
ALTER TABLE bodies ENABLE ALWAYS TRIGGER bodies_stay_unless_erased;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA aslo_log FROM PUBLIC;
