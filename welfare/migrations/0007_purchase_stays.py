"""A purchase that was recorded stays recorded: no row goes, and the one change is its cancellation."""

from django.db import migrations

GUARD = """
CREATE FUNCTION welfare_refuse_purchase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a purchase stays as it was recorded'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_stays_as_recorded';
END $$;
CREATE TRIGGER purchase_stays_as_recorded BEFORE UPDATE ON welfare_purchase FOR EACH ROW
WHEN (OLD.cancelled_at IS NOT NULL OR NEW.cancelled_at IS NULL
      OR (NEW.id, NEW.benefit_id, NEW.supplier_id, NEW.what, NEW.quantity, NEW.price, NEW.amount, NEW.area,
          NEW.by_platform, NEW.bought_on, NEW.made_by_id, NEW.made_at)
         <> (OLD.id, OLD.benefit_id, OLD.supplier_id, OLD.what, OLD.quantity, OLD.price, OLD.amount, OLD.area,
             OLD.by_platform, OLD.bought_on, OLD.made_by_id, OLD.made_at)
      OR NEW.package_id IS DISTINCT FROM OLD.package_id)
EXECUTE FUNCTION welfare_refuse_purchase();
CREATE TRIGGER purchase_is_never_deleted BEFORE DELETE ON welfare_purchase FOR EACH STATEMENT
EXECUTE FUNCTION welfare_refuse_purchase();
"""
UNGUARD = """
DROP TRIGGER purchase_is_never_deleted ON welfare_purchase;
DROP TRIGGER purchase_stays_as_recorded ON welfare_purchase;
DROP FUNCTION welfare_refuse_purchase();
"""


class Migration(migrations.Migration):
    dependencies = [("welfare", "0006_suppliers_and_purchases")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
