"""The ledger's own ground: an entry moves its line's totals in the transaction that appends it, by whatever road it
comes; nobody moves them otherwise, changes an entry, or books into a closed year (TRUST.md 2.1, 2.11)."""

from django.db import migrations

# Lines are locked by their year first, then in the order of their keys: the same order for everybody. The application
# may not change a line, so it may not lock one either: the owner does it for it.
HOLD = """
CREATE FUNCTION finance_hold(lines bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM finance_fiscalyear
    WHERE id IN (SELECT year_id FROM finance_budgetline WHERE id = ANY(lines)) ORDER BY id FOR SHARE;
    PERFORM FROM finance_budgetline WHERE id = ANY(lines) ORDER BY id FOR NO KEY UPDATE;
END $$;
"""

# Judged before the row is there. The counter's row stays locked to the commit; it is moved by the row that was really
# written (below), so that an INSERT ... ON CONFLICT DO NOTHING leaves no gap.
JUDGE = """
CREATE FUNCTION finance_refuse(rule text, said text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', said USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;
CREATE FUNCTION finance_judge_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    line finance_budgetline;
    fiscal finance_fiscalyear;
    original finance_entry;
    counted integer;
BEGIN
    PERFORM finance_hold(ARRAY[NEW.line_id]);
    SELECT * INTO STRICT line FROM finance_budgetline WHERE id = NEW.line_id;
    SELECT * INTO STRICT fiscal FROM finance_fiscalyear WHERE id = line.year_id;
    NEW.year_id := line.year_id;
    NEW.booked_on := (NEW.at AT TIME ZONE 'Asia/Shanghai')::date;
    NEW.recorded_at := clock_timestamp();

    IF fiscal.state = 'closed' OR fiscal.state = 'planned' AND NEW.kind <> 'budget' THEN
        PERFORM finance_refuse('entry_year_is_open', format('%s is %s', fiscal.year, fiscal.state));
    END IF;
    IF NEW.kind IN ('reserve', 'spend', 'refund', 'income') AND NEW.reverses_id IS NULL
       AND extract(year FROM NEW.booked_on) <> fiscal.year THEN
        PERFORM finance_refuse('entry_within_its_year', format('%s is not in %s', NEW.booked_on, fiscal.year));
    END IF;
    IF NEW.kind <> 'budget' AND (NEW.kind = 'income') <> (line.side = 'income') THEN
        PERFORM finance_refuse('entry_fits_its_line', format('%s on a line of %s', NEW.kind, line.side));
    END IF;
    IF NEW.commitment_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM finance_commitment WHERE id = NEW.commitment_id AND line_id = NEW.line_id) THEN
        PERFORM finance_refuse('entry_commitment_of_its_line', 'the commitment is of another line');
    END IF;
    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO STRICT original FROM finance_entry WHERE id = NEW.reverses_id;
        IF original.reverses_id IS NOT NULL OR original.line_id <> NEW.line_id OR original.kind <> NEW.kind
           OR original.amount <> -NEW.amount OR original.refund_of_id IS DISTINCT FROM NEW.refund_of_id THEN
            PERFORM finance_refuse('entry_reversal_is_exact', 'not the exact negative of its original');
        END IF;
        IF EXISTS (SELECT FROM finance_entry WHERE refund_of_id = original.id HAVING sum(amount) <> 0) THEN
            PERFORM finance_refuse('entry_refunded_is_not_reversed', 'part of it has come back');
        END IF;
    END IF;
    IF NEW.refund_of_id IS NOT NULL THEN
        SELECT * INTO STRICT original FROM finance_entry WHERE id = NEW.refund_of_id;
        IF original.kind <> 'spend' OR original.reverses_id IS NOT NULL OR original.line_id <> NEW.line_id
           OR EXISTS (SELECT FROM finance_entry WHERE reverses_id = original.id)
           OR NEW.amount > original.amount - (
               SELECT coalesce(sum(amount), 0) FROM finance_entry WHERE refund_of_id = original.id) THEN
            PERFORM finance_refuse('entry_refund_within_its_spending', 'more than was spent');
        END IF;
    END IF;

    INSERT INTO finance_entrycounter (year_id, last) VALUES (NEW.year_id, 0) ON CONFLICT DO NOTHING;
    SELECT last INTO STRICT counted FROM finance_entrycounter WHERE year_id = NEW.year_id FOR UPDATE;
    SELECT greatest(counted, coalesce(max(number), 0)) + 1 INTO NEW.number
    FROM finance_entry WHERE year_id = NEW.year_id;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_judged BEFORE INSERT ON finance_entry
    FOR EACH ROW EXECUTE FUNCTION finance_judge_entry();
"""

# What an entry does to its line and its commitment. A reservation turns into spending in one entry: never both.
KEEP = """
CREATE FUNCTION finance_keep_totals() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE uses boolean := NEW.commitment_id IS NOT NULL;
BEGIN
    UPDATE finance_entrycounter SET last = NEW.number WHERE year_id = NEW.year_id;
    UPDATE finance_budgetline SET
        budget = budget + CASE NEW.kind WHEN 'budget' THEN NEW.amount ELSE 0 END,
        income = income + CASE NEW.kind WHEN 'income' THEN NEW.amount ELSE 0 END,
        spent = spent + CASE NEW.kind WHEN 'spend' THEN NEW.amount WHEN 'refund' THEN -NEW.amount ELSE 0 END,
        reserved = reserved + CASE WHEN NEW.kind = 'reserve' THEN NEW.amount WHEN uses THEN -NEW.amount ELSE 0 END
    WHERE id = NEW.line_id;
    IF NEW.kind = 'reserve' THEN
        INSERT INTO finance_commitment (entry_id, line_id, amount, remaining, ending)
        VALUES (NEW.id, NEW.line_id, NEW.amount, NEW.amount, '');
    ELSIF uses THEN
        UPDATE finance_commitment SET
            remaining = remaining - NEW.amount,
            ending = CASE WHEN remaining <> NEW.amount THEN ''
                          WHEN NEW.kind = 'spend' THEN 'spent'
                          WHEN NEW.expired THEN 'expired' ELSE 'released' END,
            ended_at = CASE WHEN remaining = NEW.amount THEN NEW.at END
        WHERE id = NEW.commitment_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_counted AFTER INSERT ON finance_entry
    FOR EACH ROW EXECUTE FUNCTION finance_keep_totals();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance_entry
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
ALTER TABLE finance_entry ENABLE ALWAYS TRIGGER entry_append_only;
"""

# The owner too moves totals by entries only: a statement of his own is at depth one.
DERIVED = """
CREATE FUNCTION finance_only_by_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') OR pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% on % refused: only entries move it', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER line_moved_by_entries BEFORE UPDATE OR DELETE OR TRUNCATE ON finance_budgetline
    FOR EACH STATEMENT EXECUTE FUNCTION finance_only_by_entries();
CREATE TRIGGER commitment_moved_by_entries BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON finance_commitment
    FOR EACH STATEMENT EXECUTE FUNCTION finance_only_by_entries();
CREATE TRIGGER counter_moved_by_entries BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON finance_entrycounter
    FOR EACH STATEMENT EXECUTE FUNCTION finance_only_by_entries();
CREATE FUNCTION finance_begin_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT side INTO STRICT NEW.side FROM finance_account WHERE id = NEW.account_id;
    NEW.budget := 0;
    NEW.reserved := 0;
    NEW.spent := 0;
    NEW.income := 0;
    RETURN NEW;
END $$;
CREATE TRIGGER line_begins_empty BEFORE INSERT ON finance_budgetline
    FOR EACH ROW EXECUTE FUNCTION finance_begin_line();
"""

FORWARDS = """
CREATE FUNCTION finance_year_goes_forwards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'closed' OR NEW.year <> OLD.year OR OLD.state = 'open' AND NEW.state = 'planned'
       OR OLD.state = 'planned' AND NEW.state = 'closed' THEN
        PERFORM finance_refuse('fiscal_year_goes_forwards', format('%s is %s', OLD.year, OLD.state));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER year_goes_forwards BEFORE UPDATE ON finance_fiscalyear
    FOR EACH ROW EXECUTE FUNCTION finance_year_goes_forwards();
CREATE FUNCTION finance_account_keeps_side() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.side <> OLD.side THEN
        PERFORM finance_refuse('account_keeps_its_side', format('%s is a head of %s', OLD.code, OLD.side));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_keeps_side BEFORE UPDATE ON finance_account
    FOR EACH ROW EXECUTE FUNCTION finance_account_keeps_side();
"""

BACK = """
DROP TRIGGER account_keeps_side ON finance_account;
DROP TRIGGER year_goes_forwards ON finance_fiscalyear;
DROP TRIGGER line_begins_empty ON finance_budgetline;
DROP TRIGGER line_moved_by_entries ON finance_budgetline;
DROP TRIGGER commitment_moved_by_entries ON finance_commitment;
DROP TRIGGER counter_moved_by_entries ON finance_entrycounter;
DROP TRIGGER entry_append_only ON finance_entry;
DROP TRIGGER entry_counted ON finance_entry;
DROP TRIGGER entry_judged ON finance_entry;
DROP FUNCTION finance_account_keeps_side();
DROP FUNCTION finance_year_goes_forwards();
DROP FUNCTION finance_begin_line();
DROP FUNCTION finance_only_by_entries();
DROP FUNCTION finance_keep_totals();
DROP FUNCTION finance_judge_entry();
DROP FUNCTION finance_refuse(text, text);
DROP FUNCTION finance_hold(bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0001_ledger"), ("core", "0014_bulk_not_kept")]

    operations = [migrations.RunSQL(HOLD + JUDGE + KEEP + DERIVED + FORWARDS, BACK)]
