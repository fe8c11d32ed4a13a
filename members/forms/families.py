"""What a member types about his family, and what union staff ask about children."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.enums import Relation
from members.forms.fields import DayField
from members.models import Branch


class PersonForm(forms.Form):
    relation = forms.ChoiceField(label=_("关系"), choices=Relation.choices)
    name = forms.CharField(label=_("姓名"), max_length=60)
    birth_on = DayField(label=_("出生日期"), required=False, help_text=_("子女必填。"))
    guardian = forms.BooleanField(
        label=_("我是该未成年人的监护人，同意工会为六一慰问、入园统计处理其信息"),
        required=False,
        help_text=_("不满十四周岁的子女必须勾选（个人信息保护法第三十一条）。"),
    )


class AgesForm(forms.Form):
    """Which children on which day; in the address."""

    youngest = forms.IntegerField(label=_("满几周岁"), min_value=0, max_value=17, required=False)
    under = forms.IntegerField(label=_("不满几周岁"), min_value=1, max_value=18, required=False)
    on = DayField(label=_("日期"), required=False)


class RevealForm(AgesForm):
    branch = forms.ModelChoiceField(
        label=_("分工会"), queryset=Branch.objects.all(), required=False, empty_label=_("全部")
    )
    reason = forms.CharField(
        label=_("查看事由"), max_length=200, help_text=_("每位家长都能在“谁看过我的信息”中看到。")
    )
