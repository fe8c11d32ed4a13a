"""What union staff call the rules whose keys the programs use; every preset key has a name here."""

import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NAMES = {
    "activity.gala.prize_average": gettext_lazy("联欢活动人均奖品"),
    "activity.gala.prize_share": gettext_lazy("联欢活动获奖比例"),
    "activity.outing.batches": gettext_lazy("春秋游可分批次"),
    "activity.outing.day_ceiling": gettext_lazy("春秋游每人每天上限"),
    "activity.outing.longest_days": gettext_lazy("春秋游最长天数"),
    "activity.outing.meal_share": gettext_lazy("春秋游餐费占比"),
    "activity.outing.per_year": gettext_lazy("春秋游每年次数"),
    "activity.outing.trip_ceiling": gettext_lazy("春秋游每次上限"),
    "activity.prize_share": gettext_lazy("文体活动获奖比例"),
    "activity.top_up_multiple": gettext_lazy("工会经费补贴与当年会费的倍数"),
    "benefit.aid.difficulty_ceiling": gettext_lazy("困难补助上限"),
    "benefit.assistance_share.target": gettext_lazy("福利采购中帮扶地区产品比例"),
    "benefit.birth.ceiling": gettext_lazy("生育慰问上限"),
    "benefit.birthday.ceiling": gettext_lazy("生日慰问上限"),
    "benefit.cinema.year_ceiling": gettext_lazy("电影票全年上限"),
    "benefit.death.member_ceiling": gettext_lazy("会员去世慰问上限"),
    "benefit.death.relative_ceiling": gettext_lazy("会员直系亲属去世慰问上限"),
    "benefit.festival.budget_share": gettext_lazy("节日慰问占经费比例"),
    "benefit.festival.each_ceiling": gettext_lazy("节日慰问各节上限"),
    "benefit.festival.list": gettext_lazy("可以慰问的节日"),
    "benefit.festival.year_ceiling": gettext_lazy("节日慰问全年上限"),
    "benefit.form.cash_allowed": gettext_lazy("慰问可发现金"),
    "benefit.illness.ceiling": gettext_lazy("住院慰问上限"),
    "benefit.illness.same_disease_per_year": gettext_lazy("同一病种每年慰问次数"),
    "benefit.marriage.ceiling": gettext_lazy("结婚慰问上限"),
    "benefit.park_card.per_year": gettext_lazy("公园年票张数"),
    "benefit.park_card.year_ceiling": gettext_lazy("公园年票全年上限"),
    "benefit.retirement.ceiling": gettext_lazy("退休慰问上限"),
    "benefit.show.year_ceiling": gettext_lazy("演出票全年上限"),
    "benefit.surgery.ceiling": gettext_lazy("手术慰问上限"),
    "benefit.women_goods.year_ceiling": gettext_lazy("女职工用品全年上限"),
    "finance.dues.kept": gettext_lazy("会费留用比例"),
    "finance.dues.rate": gettext_lazy("会费比例"),
    "finance.dues.remainder_ignored": gettext_lazy("计会费时不计的工资尾数"),
    "finance.expense.minute_above": gettext_lazy("须集体研究并附会议纪要的支出"),
    "finance.expense.route": gettext_lazy("报销审批流程"),
    "finance.levy.rate": gettext_lazy("工会经费拨缴比例"),
    "finance.levy.retained": gettext_lazy("拨缴经费留成比例"),
    "finance.payment.file_columns": gettext_lazy("银行付款文件的列"),
    "members.act_days_ahead": gettext_lazy("会籍变动最多提前登记"),
    "members.contact_retention.years": gettext_lazy("离会后联系方式保存年限"),
    "members.home.advanced": gettext_lazy("先进教工小家最低分"),
    "members.home.block_least": gettext_lazy("教工小家合格的各条件最低得分率"),
    "members.home.model": gettext_lazy("模范教工小家最低分"),
    "members.home.passed": gettext_lazy("合格教工小家最低分"),
    "members.posts.audit_apart": gettext_lazy("工会委员与经审委员不互相兼任"),
    "members.posts.seats": gettext_lazy("工会委员会委员名额"),
    "members.posts.women_only": gettext_lazy("女职工委员会委员限女会员"),
    "members.duplicates.threshold": gettext_lazy("疑似重复档案的分值下限"),
    "members.duplicates.weights": gettext_lazy("疑似重复档案的计分"),
    "members.feed.most_leaving": gettext_lazy("人事日报一次减少会员的上限，超过即暂停"),
    "members.feed.most_smaller": gettext_lazy("人事日报比上一份减少人数的上限，超过即暂停"),
    "members.retirement.cadre": gettext_lazy("女干部法定退休年龄（原、新、每几个月延一个月）"),
    "members.retirement.male": gettext_lazy("男职工法定退休年龄（原、新、每几个月延一个月）"),
    "members.retirement.worker": gettext_lazy("女工人法定退休年龄（原、新、每几个月延一个月）"),
    "members.subject_request.days": gettext_lazy("个人信息请求答复期限"),
    "notices.robot.per_minute": gettext_lazy("群机器人每分钟消息数"),
    "proposals.awards": gettext_lazy("评选优秀提案和承办单位"),
    "proposals.branch_congress_own_flow": gettext_lazy("二级教代会自定流程"),
    "proposals.collective_mover": gettext_lazy("代表团可集体提案"),
    "proposals.committee_may_change_category": gettext_lazy("提案委可改提案类别"),
    "proposals.committee_sponsors": gettext_lazy("提案委委员包案"),
    "proposals.deadline.co_handler_opinion": gettext_lazy("协办意见期限"),
    "proposals.deadline.extension": gettext_lazy("答复可延长"),
    "proposals.deadline.reply": gettext_lazy("答复期限"),
    "proposals.deadline.second_handling": gettext_lazy("二次办理期限"),
    "proposals.deadline.send_back": gettext_lazy("承办部门退回期限"),
    "proposals.delegation_head_review": gettext_lazy("代表团团长初审"),
    "proposals.dispute_to_presidium": gettext_lazy("立案争议由主席团决定"),
    "proposals.handover_meeting": gettext_lazy("召开交办会"),
    "proposals.key_cases_escalated": gettext_lazy("重点难点提案上报"),
    "proposals.late_outcome": gettext_lazy("逾期提案的去向"),
    "proposals.leader_after_reply": gettext_lazy("答复后校领导签批"),
    "proposals.leader_before_assignment": gettext_lazy("交办前校领导阅批"),
    "proposals.non_delegates": gettext_lazy("非代表可提案或附议"),
    "proposals.number_pattern": gettext_lazy("提案编号格式"),
    "proposals.old_cases_with_new": gettext_lazy("往年未结提案与新提案一并办理"),
    "proposals.one_joint_reply": gettext_lazy("主办汇总协办意见，统一答复"),
    "proposals.outcomes": gettext_lazy("审查结果名称"),
    "proposals.ratings": gettext_lazy("满意度等级"),
    "proposals.reply_kinds": gettext_lazy("答复类别"),
    "proposals.second_handling_rounds": gettext_lazy("二次办理次数"),
    "proposals.seconders_needed": gettext_lazy("所需附议人数"),
    "proposals.seconding_mode": gettext_lazy("附议方式"),
    "proposals.unfiled_forwarded": gettext_lazy("未立案的转为意见建议"),
    "proposals.window_days_before_opening": gettext_lazy("开幕前截止提交天数"),
    "proposals.year_round": gettext_lazy("全年征集提案"),
}
_WORDS = {
    "name_birth": gettext_lazy("姓名和生日"),
    "pinyin_birth": gettext_lazy("同音和生日"),
    "phone": gettext_lazy("手机"),
    "bank_card": gettext_lazy("银行卡"),
    "email": gettext_lazy("邮箱"),
    "name": gettext_lazy("姓名"),
    "converted": gettext_lazy("转意见建议"),
    "invite": gettext_lazy("邀请并由本人确认"),
}


def name_of(key: str) -> str:
    """The rule's name; its key where a school keeps a rule of its own."""
    return str(NAMES.get(key, key))


def keys_named(term: str) -> list[str]:
    """The keys whose name holds ``term``."""
    return [key for key, name in NAMES.items() if term in str(name)]


def value_in_words(value: Any, unit: str) -> str:
    """``1500`` 元 -> 1500 元; a switch is 是 or 否; ``[2, 3]`` 获奖比例 is 2/3; lists in one line."""
    match value:
        case bool():
            return _("是") if value else _("否")
        case str() if value in _WORDS:
            return str(_WORDS[value])
        case str():
            return f"{value} {unit}" if unit == "%" else value
        case dict():
            return "，".join(f"{_WORDS.get(name, name)} {number}" for name, number in value.items()) + (
                f"（{unit}）" if unit else ""
            )
        case [int(), int()] if unit == "获奖比例":
            return f"{value[0]}/{value[1]}"
        case list():
            return "、".join(map(str, value))
    return f"{json.dumps(value, ensure_ascii=False)} {unit}".strip()
