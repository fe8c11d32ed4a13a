"""A substitute and whom he stands in for today count as one person, also in the database: none of the two signs what the
other asked for or signed, nor pays it; a signature says for whom it is (TRUST.md 3, row X)."""

from django.db import migrations

PEOPLE = """
CREATE FUNCTION finance_counts_as(person bigint) RETURNS bigint[] LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT person || coalesce(array_agg(stands_in_for_id), '{}') FROM core_rolegrant
    WHERE user_id = person AND stands_in_for_id IS NOT NULL
      AND from_on <= (now() AT TIME ZONE 'Asia/Shanghai')::date
      AND until_on > (now() AT TIME ZONE 'Asia/Shanghai')::date
$$;
"""

SIGNATURE = """
CREATE OR REPLACE FUNCTION finance_judge_signature() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    claim finance_expense;
    signed integer;
    people bigint[] := finance_counts_as(NEW.actor_id);
BEGIN
    IF NEW.kind <> 'approve' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO STRICT claim FROM finance_expense WHERE id = NEW.expense_id FOR UPDATE;
    SELECT count(*) INTO signed FROM finance_expenseact
    WHERE expense_id = claim.id AND round = claim.round AND kind = 'approve';
    IF claim.state <> 'submitted' OR NEW.round <> claim.round OR NEW.position <> signed
       OR NEW.desk IS DISTINCT FROM claim.route ->> signed OR NEW.digest <> claim.digest THEN
        PERFORM finance_refuse('expense_signed_in_turn', format('%s is %s', claim.id, claim.state));
    END IF;
    IF claim.applicant_id = ANY (people) OR claim.entered_by_id = ANY (people) THEN
        PERFORM finance_refuse('expense_signed_by_another', format('%s is his own', claim.id));
    END IF;
    IF EXISTS (SELECT FROM finance_expenseact WHERE expense_id = claim.id AND round = claim.round AND kind = 'approve'
               AND (actor_id = ANY (people) OR on_behalf_of_id = ANY (people))) THEN
        PERFORM finance_refuse('expense_signed_once_by_one', format('%s is signed by him', claim.id));
    END IF;
    IF NEW.on_behalf_of_id IS DISTINCT FROM (
        SELECT held.stands_in_for_id FROM core_rolegrant AS held
        WHERE held.user_id = NEW.actor_id AND held.stands_in_for_id IS NOT NULL
          AND held.role = CASE NEW.desk WHEN 'branch' THEN 'branch_officer' WHEN 'staff' THEN 'union_staff'
                                        ELSE NEW.desk END
          AND (NEW.desk <> 'branch' OR held.branch_id = claim.branch_id)
          AND held.from_on <= (now() AT TIME ZONE 'Asia/Shanghai')::date
          AND held.until_on > (now() AT TIME ZONE 'Asia/Shanghai')::date) THEN
        PERFORM finance_refuse('expense_says_for_whom', format('%s on the desk %s', claim.id, NEW.desk));
    END IF;
    RETURN NEW;
END $$;
"""

APART = """
CREATE OR REPLACE FUNCTION finance_apart_from_signers(payer bigint, claim finance_expense) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE people bigint[] := finance_counts_as(payer);
BEGIN
    IF claim.applicant_id = ANY (people) OR claim.entered_by_id = ANY (people)
       OR EXISTS (SELECT FROM finance_expenseact WHERE expense_id = claim.id AND round = claim.round
                  AND kind = 'approve' AND (actor_id = ANY (people) OR on_behalf_of_id = ANY (people))) THEN
        PERFORM finance_refuse('payment_by_another', format('%s is his own or signed by him', claim.id));
    END IF;
END $$;
"""

SIGNATURE_BEFORE = """
CREATE OR REPLACE FUNCTION finance_judge_signature() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    claim finance_expense;
    signed integer;
BEGIN
    IF NEW.kind <> 'approve' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO STRICT claim FROM finance_expense WHERE id = NEW.expense_id FOR UPDATE;
    SELECT count(*) INTO signed FROM finance_expenseact
    WHERE expense_id = claim.id AND round = claim.round AND kind = 'approve';
    IF claim.state <> 'submitted' OR NEW.round <> claim.round OR NEW.position <> signed
       OR NEW.desk IS DISTINCT FROM claim.route ->> signed OR NEW.digest <> claim.digest THEN
        PERFORM finance_refuse('expense_signed_in_turn', format('%s is %s', claim.id, claim.state));
    END IF;
    IF NEW.actor_id IN (claim.applicant_id, claim.entered_by_id) THEN
        PERFORM finance_refuse('expense_signed_by_another', format('%s is his own', claim.id));
    END IF;
    RETURN NEW;
END $$;
"""

APART_BEFORE = """
CREATE OR REPLACE FUNCTION finance_apart_from_signers(payer bigint, claim finance_expense) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF payer IN (claim.applicant_id, claim.entered_by_id)
       OR EXISTS (SELECT FROM finance_expenseact WHERE expense_id = claim.id AND round = claim.round
                  AND kind = 'approve' AND actor_id = payer) THEN
        PERFORM finance_refuse('payment_by_another', format('%s is his own or signed by him', claim.id));
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0006_standing_in"), ("core", "0016_standing_in")]

    operations = [
        migrations.RunSQL(
            PEOPLE + SIGNATURE + APART,
            SIGNATURE_BEFORE + APART_BEFORE + "DROP FUNCTION finance_counts_as(bigint);",
        )
    ]
