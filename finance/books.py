"""The invariants of the ledger and of claims (TRUST.md 5.3), one query each; ``check_books`` asks all of them.

Totals are derived anew from ``finance_entry`` alone: what the trigger wrote is compared, never trusted.
"""

from django.utils.translation import gettext_lazy as _

from core.books import Check, add

add(
    Check(
        "I1",
        _("预算各项合计与明细不符"),
        """
SELECT format('预算 %s：预算 %s（明细 %s），占用 %s（%s），支出 %s（%s），收入 %s（%s）', line.id,
              line.budget, sums.budget, line.reserved, sums.reserved, line.spent, sums.spent,
              line.income, sums.income)
FROM finance_budgetline AS line
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE kind = 'budget'), 0) AS budget,
           coalesce(sum(amount) FILTER (WHERE kind = 'reserve'), 0)
               - coalesce(sum(amount) FILTER (WHERE commitment_id IS NOT NULL), 0) AS reserved,
           coalesce(sum(amount) FILTER (WHERE kind = 'spend'), 0)
               - coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS spent,
           coalesce(sum(amount) FILTER (WHERE kind = 'income'), 0) AS income
    FROM finance_entry WHERE line_id = line.id
) AS sums
WHERE (line.budget, line.reserved, line.spent, line.income)
      IS DISTINCT FROM (sums.budget, sums.reserved, sums.spent, sums.income)
ORDER BY line.id
""",
    ),
    Check(
        "I1",
        _("预算调剂收支不平"),
        """
SELECT format('调剂 %s：差 %s', source_id, sum(amount)) FROM finance_entry
WHERE source_kind = 'finance.transfer' GROUP BY source_id HAVING sum(amount) <> 0 ORDER BY source_id
""",
    ),
    Check(
        "I1",
        _("分工会拨付收支不平或与明细不符"),
        """
SELECT format('拨付 %s：合计 %s（各分工会 %s，拨入 %s），收支差 %s', made.id, made.amount, given.amount, given.booked,
              made.balance)
FROM (
    SELECT allotment.*, (SELECT sum(amount) FROM finance_entry AS e
                         WHERE e.source_kind = 'finance.allotment' AND e.source_id = allotment.id::text) AS balance
    FROM finance_allotment AS allotment
) AS made
CROSS JOIN LATERAL (
    SELECT sum(share.heads) AS heads, sum(share.amount) AS amount, sum(e.amount) AS booked,
           bool_and(share.amount = share.heads * made.per_head AND share.amount IS NOT DISTINCT FROM e.amount) AS each
    FROM finance_allotmentshare AS share
    LEFT JOIN finance_entry AS e ON e.line_id = share.line_id AND e.source_kind = 'finance.allotment'
                                AND e.source_id = made.id::text
    WHERE share.allotment_id = made.id
) AS given
WHERE made.balance IS DISTINCT FROM 0 OR given.each IS NOT TRUE
   OR (given.heads, given.amount, given.booked) IS DISTINCT FROM (made.heads::bigint, made.amount, made.amount)
ORDER BY made.id
""",
    ),
    Check(
        "I2",
        _("支出不等于支出减退回减冲销"),
        """
SELECT format('预算 %s：支出 %s，应为 %s', line.id, line.spent, paid.net)
FROM finance_budgetline AS line
JOIN LATERAL (
    SELECT coalesce(sum(e.amount), 0)
           - coalesce(sum((SELECT -r.amount FROM finance_entry AS r WHERE r.reverses_id = e.id)), 0)
           - coalesce(sum((SELECT sum(b.amount) FROM finance_entry AS b WHERE b.refund_of_id = e.id)), 0) AS net
    FROM finance_entry AS e WHERE e.line_id = line.id AND e.kind = 'spend' AND e.reverses_id IS NULL
) AS paid ON true
WHERE line.spent <> paid.net ORDER BY line.id
""",
    ),
    Check(
        "I3",
        _("某一时点占用与支出超过预算"),
        """
SELECT format('预算 %s，记录 %s：预算 %s，占用 %s，支出 %s', line_id, id, budget, reserved, spent)
FROM (
    SELECT id, line_id,
           coalesce(sum(amount) FILTER (WHERE kind = 'budget') OVER so_far, 0) AS budget,
           coalesce(sum(amount) FILTER (WHERE kind = 'reserve') OVER so_far, 0)
               - coalesce(sum(amount) FILTER (WHERE commitment_id IS NOT NULL) OVER so_far, 0) AS reserved,
           coalesce(sum(amount) FILTER (WHERE kind = 'spend') OVER so_far, 0)
               - coalesce(sum(amount) FILTER (WHERE kind = 'refund') OVER so_far, 0) AS spent
    FROM finance_entry WINDOW so_far AS (PARTITION BY line_id ORDER BY number)
) AS instant
WHERE reserved + spent > budget OR reserved < 0 OR spent < 0 ORDER BY id
""",
    ),
    Check(
        "I7",
        _("序号不连续"),
        """
SELECT format('%s年：%s 笔，最大序号 %s，已发序号 %s', fiscal.year, given.rows, given.most, counter.last)
FROM finance_fiscalyear AS fiscal
LEFT JOIN (SELECT year_id, count(*) AS rows, max(number) AS most FROM finance_entry GROUP BY year_id) AS given
    ON given.year_id = fiscal.id
LEFT JOIN finance_entrycounter AS counter ON counter.year_id = fiscal.id
WHERE coalesce(given.rows, 0) <> coalesce(given.most, 0) OR coalesce(given.most, 0) <> coalesce(counter.last, 0)
ORDER BY fiscal.year
""",
    ),
    Check(
        "I8",
        _("明细与审计记录不符"),
        """
SELECT format('记录 %s', coalesce(entry.id, told.id))
FROM finance_entry AS entry
FULL JOIN (
    SELECT (booked ->> 'id')::bigint AS id, booked
    FROM core_auditentry, jsonb_array_elements(data -> 'entries') AS booked
    WHERE target_type = 'finance.entry' AND action LIKE 'finance.entry.%'
) AS told ON told.id = entry.id
WHERE entry.id IS NULL OR told.id IS NULL
   OR (told.booked ->> 'line', told.booked ->> 'kind', (told.booked ->> 'amount')::numeric)
      IS DISTINCT FROM (entry.line_id::text, entry.kind, entry.amount)
ORDER BY coalesce(entry.id, told.id)
""",
    ),
    Check(
        "I9",
        _("记账日期不在应在的期间"),
        """
SELECT format('记录 %s：%s', entry.id, entry.booked_on)
FROM finance_entry AS entry JOIN finance_fiscalyear AS fiscal ON fiscal.id = entry.year_id
JOIN finance_budgetline AS line ON line.id = entry.line_id
WHERE entry.booked_on <> (entry.at AT TIME ZONE 'Asia/Shanghai')::date
   OR line.year_id <> entry.year_id
   OR (entry.kind IN ('reserve', 'spend', 'refund', 'income') AND entry.reverses_id IS NULL
       AND extract(year FROM entry.booked_on) <> fiscal.year)
   OR (fiscal.state = 'closed' AND entry.at > fiscal.closed_at)
   OR (entry.kind <> 'budget' AND fiscal.opened_at IS NULL)
ORDER BY entry.id
""",
    ),
    Check(
        "I10",
        _("金额栏不是两位小数的精确数"),
        """
SELECT format('%s.%s：%s', table_name, column_name, data_type) FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name LIKE 'finance\\_%'
  AND (data_type IN ('real', 'double precision', 'money') OR data_type = 'numeric' AND numeric_scale <> 2)
ORDER BY 1
""",
    ),
    Check(
        "I11",
        _("冲销不是原记录的等额负数"),
        """
SELECT format('记录 %s 冲销 %s', negative.id, negative.reverses_id)
FROM finance_entry AS negative JOIN finance_entry AS original ON original.id = negative.reverses_id
WHERE negative.amount <> -original.amount OR negative.line_id <> original.line_id
   OR negative.kind <> original.kind OR original.reverses_id IS NOT NULL
   OR 1 < (SELECT count(*) FROM finance_entry AS again WHERE again.reverses_id = original.id)
ORDER BY negative.id
""",
    ),
    Check(
        "I12",
        _("占用没有恰好了结一次"),
        """
SELECT format('占用 %s：金额 %s，未了结 %s，已用 %s', held.id, held.amount, held.remaining, used.sum)
FROM finance_commitment AS held
JOIN finance_entry AS made ON made.id = held.entry_id
JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS sum, (array_agg(kind ORDER BY number DESC))[1] AS last,
           (array_agg(expired ORDER BY number DESC))[1] AS expired
    FROM finance_entry WHERE commitment_id = held.id
) AS used ON true
WHERE made.kind <> 'reserve' OR made.amount <> held.amount OR made.line_id <> held.line_id
   OR held.remaining <> held.amount - used.sum OR held.remaining < 0
   OR held.ending <> CASE WHEN used.sum < held.amount THEN '' WHEN used.last = 'spend' THEN 'spent'
                          WHEN used.expired THEN 'expired' ELSE 'released' END
UNION ALL
SELECT format('记录 %s 没有占用', made.id) FROM finance_entry AS made
WHERE made.kind = 'reserve' AND NOT EXISTS (SELECT FROM finance_commitment AS held WHERE held.entry_id = made.id)
UNION ALL
SELECT format('预算 %s：占用 %s，未了结 %s', line.id, line.reserved, open.sum)
FROM finance_budgetline AS line
JOIN LATERAL (
    SELECT coalesce(sum(remaining), 0) AS sum FROM finance_commitment WHERE line_id = line.id
) AS open ON true
WHERE line.reserved <> open.sum
ORDER BY 1
""",
    ),
    Check(
        "I4",
        _("一张报销单支付了两次"),
        """
SELECT format('报销单 %s：有效付款 %s 笔，账上支出 %s', claim.id, live.count, booked.sum)
FROM finance_expense AS claim
CROSS JOIN LATERAL (
    SELECT count(*) FROM finance_payment WHERE expense_id = claim.id AND state IN ('waiting', 'paid')
) AS live
CROSS JOIN LATERAL (
    SELECT coalesce(sum(CASE kind WHEN 'spend' THEN amount ELSE -amount END), 0) AS sum FROM finance_entry
    WHERE source_kind = 'finance.expense' AND source_id = claim.id::text AND kind IN ('spend', 'refund', 'income')
) AS booked
WHERE live.count > 1 OR booked.sum > CASE claim.state WHEN 'paid' THEN claim.amount ELSE 0 END
ORDER BY claim.id
""",
    ),
    Check(
        "I5",
        _("支付、批准与报销的金额不一致"),
        """
SELECT format('报销单 %s：%s', claim.id, claim.amount) FROM finance_expense AS claim
LEFT JOIN finance_commitment AS held ON held.id = claim.commitment_id
WHERE claim.amount <> (SELECT coalesce(sum(amount), 0) FROM finance_expenseitem WHERE expense_id = claim.id)
   OR held.amount <> claim.amount
   OR EXISTS (SELECT FROM finance_payment AS paid LEFT JOIN finance_entry AS booked ON booked.id = paid.entry_id
              WHERE paid.expense_id = claim.id AND paid.state IN ('waiting', 'paid')
              AND (paid.amount <> claim.amount OR booked.amount <> paid.amount))
ORDER BY claim.id
""",
    ),
    Check(
        "I6",
        _("付款没有由不同的人对同一内容逐级批准"),
        """
SELECT format('付款 %s，报销单 %s', paid.id, claim.id)
FROM finance_payment AS paid JOIN finance_expense AS claim ON claim.id = paid.expense_id
JOIN finance_paymentbatch AS batch ON batch.id = paid.batch_id
CROSS JOIN LATERAL (
    SELECT count(DISTINCT actor_id) AS count, count(DISTINCT coalesce(on_behalf_of_id, actor_id)) AS offices,
           array_agg(actor_id) || array_remove(array_agg(on_behalf_of_id), NULL) AS people FROM finance_expenseact
    WHERE expense_id = claim.id AND round = claim.round AND kind = 'approve'
      AND digest = claim.digest AND desk = claim.route ->> position
) AS signed
WHERE paid.state IN ('waiting', 'paid')
  AND (paid.digest <> claim.digest OR signed.count <> jsonb_array_length(claim.route)
       OR signed.offices <> signed.count OR ARRAY[claim.applicant_id, claim.entered_by_id] && signed.people
       OR batch.made_by_id = ANY (signed.people || ARRAY[claim.applicant_id, claim.entered_by_id])
       OR paid.paid_by_id = ANY (signed.people || ARRAY[claim.applicant_id, claim.entered_by_id]))
ORDER BY paid.id
""",
    ),
    Check(
        "I13",
        _("付款批次的合计不等于各笔之和"),
        """
SELECT format('批次 %s：合计 %s（明细 %s），%s 笔（%s）', batch.id, batch.total, sums.sum, batch.count, sums.count)
FROM finance_paymentbatch AS batch
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS sum, count(*) AS count FROM finance_payment WHERE batch_id = batch.id
) AS sums
WHERE (batch.total, batch.count) IS DISTINCT FROM (sums.sum, sums.count)
ORDER BY batch.id
""",
    ),
)
