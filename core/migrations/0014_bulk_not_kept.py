"""A transaction may say that the rows of its bulk work are not kept (core/row_states.py ``not_kept``)."""

from django.db import migrations

KEEP = """
CREATE OR REPLACE FUNCTION core_keep_before() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET client_min_messages = warning SET timezone = 'UTC' AS $$
BEGIN
    IF current_setting('core.not_kept', true) = 'on' OR NOT EXISTS (SELECT FROM changed) THEN
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


class Migration(migrations.Migration):
    dependencies = [("core", "0013_keep_before_cheaply")]

    operations = [migrations.RunSQL(KEEP, BACK)]
