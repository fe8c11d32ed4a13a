"""A claim's content is frozen once it is handed in, its signatures are by different people over exactly that, and its
payment goes forwards only, whoever writes the SQL (TRUST.md 3, I4, I6, W3, W4)."""

from django.db import migrations

CLAIM = """
CREATE FUNCTION finance_judge_expense() RETURNS trigger LANGUAGE plpgsql
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
CREATE TRIGGER expense_judged BEFORE INSERT OR UPDATE ON finance_expense
    FOR EACH ROW EXECUTE FUNCTION finance_judge_expense();
CREATE TRIGGER expense_kept BEFORE DELETE OR TRUNCATE ON finance_expense
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();

CREATE FUNCTION finance_content_open() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE claim bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.expense_id ELSE NEW.expense_id END;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'finance_invoice'
       AND to_jsonb(NEW) - 'in_use' = to_jsonb(OLD) - 'in_use' THEN
        RETURN NEW;
    END IF;
    PERFORM FROM finance_expense WHERE id = claim AND state IN ('draft', 'returned') FOR UPDATE;
    IF NOT FOUND OR TG_OP = 'UPDATE' AND NEW.expense_id <> OLD.expense_id THEN
        PERFORM finance_refuse('expense_content_frozen', format('%s of %s', TG_TABLE_NAME, claim));
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER item_content_open BEFORE INSERT OR UPDATE OR DELETE ON finance_expenseitem
    FOR EACH ROW EXECUTE FUNCTION finance_content_open();
CREATE TRIGGER invoice_content_open BEFORE INSERT OR UPDATE OR DELETE ON finance_invoice
    FOR EACH ROW EXECUTE FUNCTION finance_content_open();
"""

SIGNATURE = """
CREATE FUNCTION finance_judge_signature() RETURNS trigger LANGUAGE plpgsql
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
CREATE TRIGGER expense_act_judged BEFORE INSERT ON finance_expenseact
    FOR EACH ROW EXECUTE FUNCTION finance_judge_signature();
CREATE TRIGGER expense_act_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance_expenseact
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
ALTER TABLE finance_expenseact ENABLE ALWAYS TRIGGER expense_act_append_only;
"""

PAYMENT = """
CREATE FUNCTION finance_apart_from_signers(payer bigint, claim finance_expense) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF payer IN (claim.applicant_id, claim.entered_by_id)
       OR EXISTS (SELECT FROM finance_expenseact WHERE expense_id = claim.id AND round = claim.round
                  AND kind = 'approve' AND actor_id = payer) THEN
        PERFORM finance_refuse('payment_by_another', format('%s is his own or signed by him', claim.id));
    END IF;
END $$;
CREATE FUNCTION finance_judge_payment() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    claim finance_expense;
    batch finance_paymentbatch;
BEGIN
    SELECT * INTO STRICT claim FROM finance_expense WHERE id = NEW.expense_id FOR UPDATE;
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO STRICT batch FROM finance_paymentbatch WHERE id = NEW.batch_id;
        IF NEW.state <> 'waiting' OR claim.state <> 'approved' OR batch.state <> 'made'
           OR NEW.amount <> claim.amount OR NEW.digest <> claim.digest THEN
            PERFORM finance_refuse('payment_of_what_was_approved', format('%s is %s', claim.id, claim.state));
        END IF;
        PERFORM finance_apart_from_signers(batch.made_by_id, claim);
        RETURN NEW;
    END IF;
    IF (NEW.batch_id, NEW.expense_id, NEW.amount, NEW.digest)
       IS DISTINCT FROM (OLD.batch_id, OLD.expense_id, OLD.amount, OLD.digest)
       OR OLD.state IN ('bounced', 'dropped')
       OR OLD.state = 'paid' AND (NEW.state NOT IN ('paid', 'bounced')
          OR (NEW.paid_by_id, NEW.paid_at, NEW.entry_id)
             IS DISTINCT FROM (OLD.paid_by_id, OLD.paid_at, OLD.entry_id))
       OR OLD.state = 'waiting' AND NEW.state = 'bounced' THEN
        PERFORM finance_refuse('payment_goes_forwards', format('%s is %s', OLD.id, OLD.state));
    END IF;
    IF OLD.state = 'waiting' AND NEW.state = 'paid' THEN
        PERFORM finance_apart_from_signers(NEW.paid_by_id, claim);
        IF claim.state <> 'approved' OR NOT EXISTS (
            SELECT FROM finance_entry WHERE id = NEW.entry_id AND kind = 'spend' AND amount = NEW.amount
            AND source_kind = 'finance.expense' AND source_id = claim.id::text) THEN
            PERFORM finance_refuse('payment_is_booked', format('%s has no entry of its own', OLD.id));
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_judged BEFORE INSERT OR UPDATE ON finance_payment
    FOR EACH ROW EXECUTE FUNCTION finance_judge_payment();
CREATE TRIGGER payment_kept BEFORE DELETE OR TRUNCATE ON finance_payment
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE FUNCTION finance_batch_goes_forwards() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.made_by_id, NEW.made_at, NEW.total, NEW.count)
       IS DISTINCT FROM (OLD.made_by_id, OLD.made_at, OLD.total, OLD.count)
       OR OLD.handed_at IS NOT NULL
       AND (NEW.handed_at, NEW.file_sha256) IS DISTINCT FROM (OLD.handed_at, OLD.file_sha256)
       OR OLD.state = 'done' AND NEW.state <> 'done' OR OLD.state = 'handed' AND NEW.state = 'made' THEN
        PERFORM finance_refuse('batch_goes_forwards', format('%s is %s', OLD.id, OLD.state));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_goes_forwards BEFORE UPDATE ON finance_paymentbatch
    FOR EACH ROW EXECUTE FUNCTION finance_batch_goes_forwards();
CREATE TRIGGER batch_kept BEFORE DELETE OR TRUNCATE ON finance_paymentbatch
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
"""

BACK = """
DROP TRIGGER batch_kept ON finance_paymentbatch;
DROP TRIGGER batch_goes_forwards ON finance_paymentbatch;
DROP TRIGGER payment_kept ON finance_payment;
DROP TRIGGER payment_judged ON finance_payment;
DROP TRIGGER expense_act_append_only ON finance_expenseact;
DROP TRIGGER expense_act_judged ON finance_expenseact;
DROP TRIGGER invoice_content_open ON finance_invoice;
DROP TRIGGER item_content_open ON finance_expenseitem;
DROP TRIGGER expense_kept ON finance_expense;
DROP TRIGGER expense_judged ON finance_expense;
DROP FUNCTION finance_batch_goes_forwards();
DROP FUNCTION finance_judge_payment();
DROP FUNCTION finance_apart_from_signers(bigint, finance_expense);
DROP FUNCTION finance_judge_signature();
DROP FUNCTION finance_content_open();
DROP FUNCTION finance_judge_expense();
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_expenses")]

    operations = [migrations.RunSQL(CLAIM + SIGNATURE + PAYMENT, BACK)]
