"""A claim whose payment came back after its year goes back to the applicant, who names a line of the running year; with a
live payment it still goes nowhere (the function is that of 0004 with one way more)."""

from django.db import migrations

CLAIM = """
CREATE OR REPLACE FUNCTION finance_judge_expense() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.round <> 0 THEN
            PERFORM finance_refuse('expense_begins_as_draft', NEW.state);
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.applicant_id, NEW.entered_by_id) <> (OLD.applicant_id, OLD.entered_by_id)
       OR OLD.state NOT IN ('draft', 'returned')
       AND (NEW.branch_id, NEW.line_id, NEW.kind, NEW.purpose, NEW.amount, NEW.payee_name, NEW.payee_bank,
            NEW.payee_account_hash, NEW.payee_account_last4, NEW.minute, NEW.round, NEW.route, NEW.digest)
       IS DISTINCT FROM
           (OLD.branch_id, OLD.line_id, OLD.kind, OLD.purpose, OLD.amount, OLD.payee_name, OLD.payee_bank,
            OLD.payee_account_hash, OLD.payee_account_last4, OLD.minute, OLD.round, OLD.route, OLD.digest) THEN
        PERFORM finance_refuse('expense_content_frozen', format('%s is %s', OLD.id, OLD.state));
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF (OLD.state || '>' || NEW.state) <> ALL (ARRAY[
        'draft>submitted', 'returned>submitted', 'draft>withdrawn', 'returned>withdrawn', 'submitted>approved',
        'submitted>returned', 'submitted>rejected', 'submitted>withdrawn', 'approved>returned', 'approved>withdrawn',
        'approved>paid', 'paid>approved', 'paid>returned']) THEN
        PERFORM finance_refuse('expense_goes_its_way', format('%s from %s to %s', OLD.id, OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'submitted' AND (NEW.round <> OLD.round + 1 OR jsonb_array_length(NEW.route) = 0) THEN
        PERFORM finance_refuse('expense_round_begins', format('%s round %s', OLD.id, NEW.round));
    END IF;
    IF OLD.state = 'submitted' AND NEW.state = 'approved' AND jsonb_array_length(NEW.route) <> (
        SELECT count(*) FROM finance_expenseact
        WHERE expense_id = NEW.id AND round = NEW.round AND kind = 'approve' AND digest = NEW.digest) THEN
        PERFORM finance_refuse('expense_approved_by_all', format('%s lacks a signature', OLD.id));
    END IF;
    IF NEW.state IN ('returned', 'withdrawn', 'approved')
       AND EXISTS (SELECT FROM finance_payment WHERE expense_id = NEW.id AND state IN ('waiting', 'paid')) THEN
        PERFORM finance_refuse('expense_in_payment', format('%s has a live payment', OLD.id));
    END IF;
    IF NEW.state = 'paid'
       AND NOT EXISTS (SELECT FROM finance_payment WHERE expense_id = NEW.id AND state = 'paid') THEN
        PERFORM finance_refuse('expense_paid_by_a_payment', format('%s has none', OLD.id));
    END IF;
    RETURN NEW;
END $$;
"""

CLAIM_BEFORE = """
CREATE OR REPLACE FUNCTION finance_judge_expense() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.round <> 0 THEN
            PERFORM finance_refuse('expense_begins_as_draft', NEW.state);
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.applicant_id, NEW.entered_by_id) <> (OLD.applicant_id, OLD.entered_by_id)
       OR OLD.state NOT IN ('draft', 'returned')
       AND (NEW.branch_id, NEW.line_id, NEW.kind, NEW.purpose, NEW.amount, NEW.payee_name, NEW.payee_bank,
            NEW.payee_account_hash, NEW.payee_account_last4, NEW.minute, NEW.round, NEW.route, NEW.digest)
       IS DISTINCT FROM
           (OLD.branch_id, OLD.line_id, OLD.kind, OLD.purpose, OLD.amount, OLD.payee_name, OLD.payee_bank,
            OLD.payee_account_hash, OLD.payee_account_last4, OLD.minute, OLD.round, OLD.route, OLD.digest) THEN
        PERFORM finance_refuse('expense_content_frozen', format('%s is %s', OLD.id, OLD.state));
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF (OLD.state || '>' || NEW.state) <> ALL (ARRAY[
        'draft>submitted', 'returned>submitted', 'draft>withdrawn', 'returned>withdrawn', 'submitted>approved',
        'submitted>returned', 'submitted>rejected', 'submitted>withdrawn', 'approved>returned', 'approved>withdrawn',
        'approved>paid', 'paid>approved']) THEN
        PERFORM finance_refuse('expense_goes_its_way', format('%s from %s to %s', OLD.id, OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'submitted' AND (NEW.round <> OLD.round + 1 OR jsonb_array_length(NEW.route) = 0) THEN
        PERFORM finance_refuse('expense_round_begins', format('%s round %s', OLD.id, NEW.round));
    END IF;
    IF OLD.state = 'submitted' AND NEW.state = 'approved' AND jsonb_array_length(NEW.route) <> (
        SELECT count(*) FROM finance_expenseact
        WHERE expense_id = NEW.id AND round = NEW.round AND kind = 'approve' AND digest = NEW.digest) THEN
        PERFORM finance_refuse('expense_approved_by_all', format('%s lacks a signature', OLD.id));
    END IF;
    IF NEW.state IN ('returned', 'withdrawn', 'approved')
       AND EXISTS (SELECT FROM finance_payment WHERE expense_id = NEW.id AND state IN ('waiting', 'paid')) THEN
        PERFORM finance_refuse('expense_in_payment', format('%s has a live payment', OLD.id));
    END IF;
    IF NEW.state = 'paid'
       AND NOT EXISTS (SELECT FROM finance_payment WHERE expense_id = NEW.id AND state = 'paid') THEN
        PERFORM finance_refuse('expense_paid_by_a_payment', format('%s has none', OLD.id));
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0007_standing_in_triggers")]

    operations = [migrations.RunSQL(CLAIM, CLAIM_BEFORE)]
