"""What a row was is kept as before (0009), for less: one digest expression instead of a function call per row."""

from django.db import migrations

# The digest is that of core_row_digest, written out: a function with settings of its own cannot be inlined and cost
# 20 µs a row, so the zone is set once for the statement. A statement that changed nothing keeps nothing.
KEEP = """
CREATE OR REPLACE FUNCTION core_keep_before() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET client_min_messages = warning SET timezone = 'UTC' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    END IF;
    IF to_regclass('pg_temp.core_before') IS NULL THEN
        CREATE TEMPORARY TABLE core_before (
            relation oid, row_key varchar(64), digest varchar(64) NOT NULL, PRIMARY KEY (relation, row_key)
        ) ON COMMIT DELETE ROWS;
    END IF;
    EXECUTE format(
        'INSERT INTO pg_temp.core_before SELECT %s, r.%I::text, %s FROM changed AS r ON CONFLICT DO NOTHING',
        TG_RELID, TG_ARGV[0],
        CASE TG_OP WHEN 'INSERT' THEN quote_literal('')
                   ELSE 'encode(sha256(convert_to(to_jsonb(r)::text, ''UTF8'')), ''hex'')' END
    );
    RETURN NULL;
END $$;
"""
BACK = """
CREATE OR REPLACE FUNCTION core_keep_before() RETURNS trigger LANGUAGE plpgsql
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
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0012_alerts")]

    operations = [migrations.RunSQL(KEEP, BACK)]
