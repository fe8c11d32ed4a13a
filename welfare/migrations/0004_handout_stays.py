"""A hand-out that was noted stays noted: no row goes, and the one change is its reversal."""

from django.db import migrations

GUARD = """
CREATE FUNCTION welfare_refuse_handout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a hand-out stays as it was noted'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'handout_stays_as_noted';
END $$;
CREATE TRIGGER handout_stays_as_noted BEFORE UPDATE ON welfare_handout FOR EACH ROW
WHEN (OLD.reversed_at IS NOT NULL OR NEW.reversed_at IS NULL
      OR (NEW.id, NEW.entitlement_id, NEW.by_id, NEW.at, NEW.way, NEW.proxy, NEW.relation, NEW.key)
         <> (OLD.id, OLD.entitlement_id, OLD.by_id, OLD.at, OLD.way, OLD.proxy, OLD.relation, OLD.key)
      OR NEW.device IS DISTINCT FROM OLD.device)
EXECUTE FUNCTION welfare_refuse_handout();
CREATE TRIGGER handout_is_never_deleted BEFORE DELETE ON welfare_handout FOR EACH STATEMENT
EXECUTE FUNCTION welfare_refuse_handout();
"""
UNGUARD = """
DROP TRIGGER handout_is_never_deleted ON welfare_handout;
DROP TRIGGER handout_stays_as_noted ON welfare_handout;
DROP FUNCTION welfare_refuse_handout();
"""


class Migration(migrations.Migration):
    dependencies = [("welfare", "0003_handouts")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
