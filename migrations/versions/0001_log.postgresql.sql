-- What guards the log on PostgreSQL. It is run in the log's schema as the role aslo_log_owner, which nobody can log in as. The
-- application may read the tables and call append and erase; nothing but these two can write them.

CREATE FUNCTION field(content bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT substring(int4send(octet_length(content)) FROM 3) || content
$$;
COMMENT ON FUNCTION field(bytea) IS 'A field of an envelope: two bytes of length, content (docs/reference/log-format.md).';

CREATE FUNCTION field(content text) RETURNS bytea LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT substring(int4send(octet_length(convert_to(content, 'UTF8'))) FROM 3) || convert_to(content, 'UTF8')
$$;

CREATE FUNCTION field(number bigint) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT '\x0008'::bytea || int8send(number)
$$;

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

CREATE FUNCTION leaf(
    id text, stream text, version bigint, type text, schema bigint, recorded_us bigint, source text, key text, actor text,
    correlation text, causation text, metadata bytea, body_digest bytea
) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
    envelope bytea := field(1::bigint) || field(uuid_send(id::uuid)) || field(stream) || field(version) || field(type)
        || field(schema) || field(recorded_us) || field(source) || field(key) || field(actor) || field(correlation)
        || field(causation) || field(sha256(metadata)) || field(body_digest);
BEGIN
    IF octet_length(envelope) > 65535 OR octet_length(body_digest) <> 32 THEN
        RAISE EXCEPTION 'the envelope has % bytes, 65535 are allowed; its body digest %, which are to be 32',
            octet_length(envelope), octet_length(body_digest) USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN sha256('\x00'::bytea || envelope);
END
$$;
COMMENT ON FUNCTION leaf IS 'The leaf of an event: docs/reference/log-format.md.';

CREATE FUNCTION append(drafts jsonb)
RETURNS TABLE (number int, failure text, subject text, at_position bigint, at_version bigint, at_us bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = aslo_log, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    next_position bigint;
    draft record;
BEGIN
    PERFORM await_turn();
    at_us := floor(extract(epoch FROM clock_timestamp()) * 1000000);
    SELECT e.position + 1, greatest(at_us, e.recorded_us) INTO next_position, at_us FROM events AS e ORDER BY e.position DESC LIMIT 1;
    IF NOT FOUND THEN
        next_position := 0;
        at_us := floor(extract(epoch FROM clock_timestamp()) * 1000000);
    END IF;
    number := 0;
    FOR draft IN
        SELECT d.* FROM jsonb_to_recordset(drafts) AS d(source text, key text, actor text, correlation text, causation text,
                                                        expect jsonb, events jsonb)
    LOOP
        number := number + 1;
        failure := NULL;
        subject := NULL;
        IF jsonb_typeof(draft.events) IS DISTINCT FROM 'array' OR draft.events = '[]' THEN
            failure := 'refused';
            subject := 'an append needs at least one event';
        ELSIF draft.events @> '[{"type": "body.erased"}]' THEN
            failure := 'refused';
            subject := 'an erasure is recorded by erase alone';
        ELSIF draft.key <> '' THEN
            IF EXISTS (SELECT 1 FROM events AS e WHERE e.source = draft.source AND e.key = draft.key AND e.key <> '') THEN
                failure := 'key';
            END IF;
        END IF;
        IF failure IS NULL AND draft.expect <> '{}' THEN
            SELECT 'version', x.key, now_at.version INTO failure, subject, at_version
            FROM jsonb_each_text(draft.expect) AS x,
                 LATERAL (SELECT coalesce(max(e.version), 0) AS version FROM events AS e WHERE e.stream = x.key) AS now_at
            WHERE now_at.version <> x.value::bigint LIMIT 1;
        END IF;
        IF failure IS NULL THEN
            BEGIN
                RETURN QUERY WITH drafted AS MATERIALIZED (
                    SELECT d.id, d.stream, d.type, d.schema, d.size, decode(d.metadata, 'base64') AS metadata,
                           decode(d.digest, 'base64') AS digest, decode(d.salt, 'base64') AS salt,
                           decode(d.deflated, 'base64') AS deflated, next_position + d.place - 1 AS position,
                           coalesce((SELECT max(e.version) FROM events AS e WHERE e.stream = d.stream), 0)
                               + row_number() OVER (PARTITION BY d.stream ORDER BY d.place) AS version
                    FROM ROWS FROM (
                        jsonb_to_recordset(draft.events) AS (id uuid, stream text, type text, schema bigint, metadata text,
                                                             digest text, salt text, size bigint, deflated text)
                    ) WITH ORDINALITY AS d(id, stream, type, schema, metadata, digest, salt, size, deflated, place)
                ), added AS (
                    INSERT INTO events (position, id, stream, version, type, schema, recorded_us, source, key, actor, correlation,
                                        causation, metadata, body_digest, leaf)
                    SELECT d.position, d.id::text, d.stream, d.version, d.type, d.schema, append.at_us, draft.source, draft.key,
                           draft.actor, draft.correlation, draft.causation, d.metadata, d.digest,
                           leaf(d.id::text, d.stream, d.version, d.type, d.schema, append.at_us, draft.source, draft.key,
                                draft.actor, draft.correlation, draft.causation, d.metadata, d.digest)
                    FROM drafted AS d ORDER BY d.position
                    RETURNING events.position, events.version
                ), kept AS (
                    INSERT INTO bodies (position, salt, size, deflated)
                    SELECT d.position, d.salt, d.size, d.deflated FROM drafted AS d
                    RETURNING bodies.position
                )
                SELECT append.number, NULL::text, NULL::text, added.position, added.version, append.at_us
                FROM added JOIN kept ON kept.position = added.position ORDER BY added.position;
                next_position := next_position + jsonb_array_length(draft.events);
            EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
                failure := 'refused';
                subject := SQLERRM;
            END;
        END IF;
        IF failure IS NOT NULL THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION append IS
    'Write several appends, each whole or not at all. A row for each event that was written, or one for an append that was not: '
    'its key was used before (key), a stream is at another version (version), or a row was impossible (refused).';

CREATE FUNCTION erase(draft jsonb) RETURNS TABLE (at_position bigint, at_us bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = aslo_log, pg_temp SET enable_seqscan = off AS $$
DECLARE
    target record;
    record_stream text := 'erasure/' || (draft ->> 'erases');
BEGIN
    PERFORM await_turn();
    SELECT e.position, e.type INTO target FROM events AS e WHERE e.id = draft ->> 'erases';
    IF NOT FOUND OR target.type = 'body.erased' THEN
        RAISE EXCEPTION 'event % is not there, or records an erasure itself', draft ->> 'erases'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT 1 FROM events AS e WHERE e.stream = record_stream) THEN
        RETURN;
    END IF;
    at_us := floor(extract(epoch FROM clock_timestamp()) * 1000000);
    SELECT e.position + 1, greatest(at_us, e.recorded_us) INTO at_position, at_us FROM events AS e ORDER BY e.position DESC LIMIT 1;
    WITH drafted AS (
        SELECT d.id::text AS id, d.schema, a.source, a.actor, a.correlation, a.causation, d.size,
               decode(d.metadata, 'base64') AS metadata, decode(d.digest, 'base64') AS digest,
               decode(d.salt, 'base64') AS salt, decode(d.deflated, 'base64') AS deflated
        FROM jsonb_to_record(draft) AS a(source text, actor text, correlation text, causation text),
             jsonb_to_record(draft -> 'events' -> 0)
                 AS d(id uuid, schema bigint, metadata text, digest text, salt text, size bigint, deflated text)
    ), added AS (
        INSERT INTO events (position, id, stream, version, type, schema, recorded_us, source, key, actor, correlation, causation,
                            metadata, body_digest, leaf)
        SELECT erase.at_position, d.id, record_stream, 1, 'body.erased', d.schema, erase.at_us, d.source, '', d.actor,
               d.correlation, d.causation, d.metadata, d.digest,
               leaf(d.id, record_stream, 1, 'body.erased', d.schema, erase.at_us, d.source, '', d.actor, d.correlation,
                    d.causation, d.metadata, d.digest)
        FROM drafted AS d
    )
    INSERT INTO bodies (position, salt, size, deflated)
    SELECT erase.at_position, d.salt, d.size, d.deflated FROM drafted AS d;
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

-- Triggers run with the search path of whoever sets them off, who may have operators of his own in it.
CREATE FUNCTION only_by_the_owner() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user <> 'aslo_log_owner' THEN
        RAISE EXCEPTION 'the log only grows: by its functions append and erase, not by % of %', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;

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
CREATE TRIGGER events_are_appended BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION only_by_the_owner();
CREATE TRIGGER bodies_stay BEFORE UPDATE OR TRUNCATE ON bodies FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bodies_are_appended BEFORE INSERT OR DELETE ON bodies FOR EACH STATEMENT EXECUTE FUNCTION only_by_the_owner();
CREATE TRIGGER bodies_stay_unless_erased BEFORE DELETE ON bodies FOR EACH ROW EXECUTE FUNCTION only_with_an_erasure();

-- Otherwise a session that is set to apply replicated changes would not run them.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_stay;
ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_appended;
ALTER TABLE bodies ENABLE ALWAYS TRIGGER bodies_stay;
ALTER TABLE bodies ENABLE ALWAYS TRIGGER bodies_are_appended;
ALTER TABLE bodies ENABLE ALWAYS TRIGGER bodies_stay_unless_erased;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA aslo_log FROM PUBLIC;
