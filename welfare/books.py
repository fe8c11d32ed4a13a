"""The invariants of welfare (TRUST.md 5.3), each one query; ``check_books`` asks all of them.

A year's sums are taken over the lists alone and held against the limits that the run kept when it was judged.
"""

from django.utils.translation import gettext_lazy as _

from core.books import Check, add

add(
    Check(
        "I5",
        _("发放的人数或金额与名单不符"),
        """
SELECT format('发放 %s：%s 人 %s 元（名单 %s 人 %s 元）', run.id, run.people, run.total, list.people, list.total)
FROM welfare_benefit AS run
CROSS JOIN LATERAL (
    SELECT count(*) AS people, coalesce(sum(amount), 0) AS total FROM welfare_entitlement
    WHERE benefit_id = run.id AND state IN ('listed', 'received', 'written_off')
) AS list
WHERE (run.people, run.total) IS DISTINCT FROM (list.people, list.total) ORDER BY run.id
""",
    ),
    Check(
        "I5",
        _("一人一年合计超过禁止性标准"),
        """
WITH had AS (
    SELECT coalesce(gone.merged_into_id, one.member_id) AS member_id, one.branch_id, one.amount,
           run.id, run.year, run.occasion, run.frozen_at
    FROM welfare_entitlement AS one JOIN welfare_benefit AS run ON run.id = one.benefit_id
    LEFT JOIN members_member AS gone ON gone.id = one.member_id AND gone.merged_into_id IS NOT NULL
    WHERE run.state <> 'cancelled' AND one.state IN ('listed', 'received')
), ruled AS (
    SELECT run.id, told FROM welfare_benefit AS run CROSS JOIN LATERAL jsonb_array_elements(run.notes) AS told
    WHERE run.state NOT IN ('draft', 'cancelled') AND told ->> 'effect' = 'block' AND told ? 'limit'
)
SELECT format('%s年会员 %s：%s，标准 %s（%s）', has.year, has.member_id,
              sum(CASE WHEN (told ->> 'counts')::bool THEN 1 ELSE all_of.amount END),
              told ->> 'limit', told ->> 'basis')
FROM ruled
JOIN had AS has ON has.id = ruled.id AND told -> 'branches' @> to_jsonb(has.branch_id)
JOIN had AS all_of ON all_of.member_id = has.member_id AND all_of.year = has.year
 AND told -> 'group' ? all_of.occasion AND (all_of.frozen_at, all_of.id) <= (has.frozen_at, has.id)
GROUP BY has.year, has.member_id, ruled.id, told
HAVING sum(CASE WHEN (told ->> 'counts')::bool THEN 1 ELSE all_of.amount END) > (told ->> 'limit')::numeric
ORDER BY 1
""",
    ),
    Check(
        "I2",
        _("发放的支出与经费明细不符"),
        """
SELECT format('发放 %s：支出 %s 元（明细 %s 元，名单 %s 元）', run.id, run.spent, booked.sum, list.sum)
FROM welfare_benefit AS run
CROSS JOIN LATERAL (
    SELECT coalesce(sum(CASE kind WHEN 'spend' THEN amount WHEN 'refund' THEN -amount END), 0) AS sum
    FROM finance_entry WHERE source_kind = 'welfare.benefit' AND source_id = run.id::text
) AS booked
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS sum FROM welfare_entitlement WHERE benefit_id = run.id AND state = 'received'
) AS list
WHERE run.spent <> booked.sum OR run.state = 'settled' AND NOT run.recorded_afterwards AND run.spent <> list.sum
ORDER BY run.id
""",
    ),
    Check(
        "I12",
        _("发放占用的预算与经费明细不符"),
        """
SELECT format('发放 %s：占用 %s 元（明细 %s 元），未了结 %s 元', run.id, run.reserved, held.sum, held.open)
FROM welfare_benefit AS run
CROSS JOIN LATERAL (
    SELECT coalesce(sum(made.amount), 0) AS sum, coalesce(sum(one.remaining), 0) AS open
    FROM finance_entry AS made JOIN finance_commitment AS one ON one.entry_id = made.id
    WHERE made.source_kind = 'welfare.benefit' AND made.source_id = run.id::text
) AS held
WHERE run.reserved <> held.sum
   OR held.open <> CASE WHEN run.state IN ('approved', 'handing_out') THEN run.reserved ELSE 0 END
   OR run.state IN ('approved', 'handing_out') AND run.reserved < run.total
ORDER BY run.id
""",
    ),
    Check(
        "I1",
        _("套餐已选的份数与选择记录不符"),
        """
SELECT format('套餐 %s：已选 %s 份（记录 %s 份，数量 %s）', one.id, one.taken, made.count, one.stock)
FROM welfare_package AS one
CROSS JOIN LATERAL (
    SELECT count(*) FROM welfare_packagechoice AS made_by JOIN welfare_entitlement AS share
        ON share.id = made_by.entitlement_id
    WHERE made_by.package_id = one.id AND share.state <> 'withdrawn'
) AS made
WHERE one.taken <> made.count OR made.count > one.stock ORDER BY one.id
""",
    ),
    Check(
        "I4",
        _("领取登记与名单不符"),
        """
SELECT format('名单 %s：%s，有效领取登记 %s 条', one.id, one.state, count(note.id))
FROM welfare_handout AS any_note JOIN welfare_entitlement AS one ON one.id = any_note.entitlement_id
LEFT JOIN welfare_handout AS note ON note.entitlement_id = one.id AND note.reversed_at IS NULL
GROUP BY one.id HAVING count(DISTINCT note.id) > 1 OR count(note.id) > 0 AND one.state <> 'received' ORDER BY one.id
""",
    ),
)
