"""What the target's row was before and after, within the chain (TRUST.md Q1, ADR 0009)."""

import django.db.models
from django.db import migrations, models

# As in 0005, with the two digests where there are any: entries from before keep their hashes.
HASH = """
CREATE OR REPLACE FUNCTION core_audit_hash(entry core_auditentry) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT encode(sha256(convert_to(entry.previous_hash || (jsonb_build_array(
        entry.position,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        entry.actor_id, entry.actor_username, entry.actor_roles, host(entry.address), entry.action,
        entry.target_type, entry.target_id, entry.subject, entry.basis, entry.data
    ){states})::text, 'UTF8')), 'hex')
$$;
"""
STATES = """ || CASE WHEN entry.state_before = '' AND entry.state_after = '' THEN '[]'
        ELSE jsonb_build_array(entry.state_before, entry.state_after) END"""

# One canonical text per row, whatever the session's zone; it does not leave the database.
DIGEST = """
CREATE FUNCTION core_row_digest(anyelement) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
    SELECT encode(sha256(convert_to(to_jsonb($1)::text, 'UTF8')), 'hex')
$$;
"""

# Once per statement: of every row that it changed, what it was when the transaction touched it first ("": not there).
# A temporary table, emptied at the commit; a rollback to a savepoint takes back what was kept after it.
KEEP = """
CREATE FUNCTION core_keep_before() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET client_min_messages = warning AS $$
BEGIN
    CREATE TEMPORARY TABLE IF NOT EXISTS core_before (
        relation oid, row_key varchar(64), digest varchar(64) NOT NULL, PRIMARY KEY (relation, row_key)
    ) ON COMMIT DELETE ROWS;
    EXECUTE format(
        'INSERT INTO pg_temp.core_before SELECT %s, r.%I::text, %s FROM changed AS r ON CONFLICT DO NOTHING',
        TG_RELID, TG_ARGV[0], CASE TG_OP WHEN 'INSERT' THEN quote_literal('') ELSE 'core_row_digest(r)' END
    );
    RETURN NULL;
END $$;
CREATE FUNCTION core_take_before(relation oid, row_key text) RETURNS text LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE kept text;
BEGIN
    IF to_regclass('pg_temp.core_before') IS NOT NULL THEN
        DELETE FROM pg_temp.core_before AS b WHERE b.relation = $1 AND b.row_key = $2 RETURNING b.digest INTO kept;
    END IF;
    RETURN kept;
END $$;
"""

BACK = """
DROP FUNCTION core_keep_before() CASCADE;
DROP FUNCTION core_take_before(oid, text);
DROP FUNCTION core_row_digest(anyelement);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0008_remember_presets")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="state_before",
            field=models.CharField(blank=True, db_default="", max_length=64, verbose_name="变更前摘要"),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="state_after",
            field=models.CharField(blank=True, db_default="", max_length=64, verbose_name="变更后摘要"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=django.db.models.Q(("action__endswith", "_refused")),
                fields=["actor", "address", "at"],
                name="audit_refusals",
            ),
        ),
        migrations.RunSQL(HASH.format(states=STATES), HASH.format(states="")),
        migrations.RunSQL(DIGEST + KEEP, BACK),
    ]
