"""The audit's own ground: nobody changes an entry, and every insert is chained, by whatever road it comes."""

from django.db import migrations

# For every append-only table of ours: the owner and a superuser are refused too.
REFUSE_CHANGE = """
CREATE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: append only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# One canonical text per entry: a JSON array in column order, times in UTC to the microsecond.
HASH = """
CREATE FUNCTION core_audit_hash(entry core_auditentry) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT encode(sha256(convert_to(entry.previous_hash || jsonb_build_array(
        entry.position,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        entry.actor_id, entry.actor_username, entry.actor_roles, host(entry.address), entry.action,
        entry.target_type, entry.target_id, entry.subject, entry.basis, entry.data
    )::text, 'UTF8')), 'hex')
$$;
"""

# SECURITY DEFINER: the head belongs to the owner, the application's role cannot move it.
# FOR UPDATE: two writers that read the same head would fork the chain.
CHAIN = """
CREATE FUNCTION core_audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE head core_auditchain;
BEGIN
    SELECT * INTO STRICT head FROM core_auditchain WHERE id = 1 FOR UPDATE;
    NEW.position := head.position + 1;
    NEW.recorded_at := clock_timestamp();
    NEW.previous_hash := head.hash;
    NEW.hash := core_audit_hash(NEW);
    UPDATE core_auditchain SET position = NEW.position, hash = NEW.hash WHERE id = 1;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_chain BEFORE INSERT ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION core_audit_chain();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
ALTER TABLE core_auditentry ENABLE ALWAYS TRIGGER audit_append_only;
INSERT INTO core_auditchain (id, position, hash) VALUES (1, 0, repeat('0', 64));
"""

BACK = """
DROP TRIGGER audit_append_only ON core_auditentry;
DROP TRIGGER audit_chain ON core_auditentry;
DROP FUNCTION core_audit_chain();
DROP FUNCTION core_audit_hash(core_auditentry);
DROP FUNCTION core_refuse_change();
DELETE FROM core_auditchain;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0004_audit_outbox_intents")]

    operations = [migrations.RunSQL(REFUSE_CHANGE + HASH + CHAIN, BACK)]
