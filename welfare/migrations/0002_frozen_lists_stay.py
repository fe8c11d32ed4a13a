"""A frozen list is what was approved: nobody changes run, person or amount of a row, or deletes one. Who was left out
may be listed with an amount (an approved exception); states, branches and days of receipt move by services."""

from django.db import migrations

GUARD = """
CREATE FUNCTION welfare_refuse_entitlement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a frozen list stays as it was frozen'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entitlement_stays_as_frozen';
END $$;
CREATE TRIGGER entitlement_stays_as_frozen BEFORE UPDATE ON welfare_entitlement FOR EACH ROW
WHEN (NEW.benefit_id <> OLD.benefit_id OR NEW.member_id <> OLD.member_id
      OR NEW.amount <> OLD.amount AND NOT (OLD.state = 'out' AND NEW.state = 'listed'))
EXECUTE FUNCTION welfare_refuse_entitlement();
CREATE TRIGGER entitlement_is_never_deleted BEFORE DELETE ON welfare_entitlement FOR EACH STATEMENT
EXECUTE FUNCTION welfare_refuse_entitlement();
"""
UNGUARD = """
DROP TRIGGER entitlement_is_never_deleted ON welfare_entitlement;
DROP TRIGGER entitlement_stays_as_frozen ON welfare_entitlement;
DROP FUNCTION welfare_refuse_entitlement();
"""


class Migration(migrations.Migration):
    dependencies = [("welfare", "0001_benefit_runs")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
