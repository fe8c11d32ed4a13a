"""What the watch over the audit saw (TRUST.md Q5)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

STORIES = {
    "many_reveals": "短时间大量查看个人信息原文",
    "many_refusals": "短时间多次越权访问",
    "spraying": "同一地址尝试多个账号登录",
    "role_to_self": "试图变更本人的授权",
    "grant_off_hours": "夜间授予角色",
    "night_lists": "凌晨打印或导出名单",
    "broken_chain": "审计链校验不通过",
    "parked_work": "后台任务多次失败已搁置",
}


class Migration(migrations.Migration):
    dependencies = [("core", "0011_one_time_invitations")]

    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("story", models.CharField(choices=list(STORIES.items()), max_length=20, verbose_name="情形")),
                ("subject", models.CharField(blank=True, max_length=120, verbose_name="涉及")),
                ("period", models.CharField(max_length=13, verbose_name="时段")),
                ("count", models.PositiveIntegerField(verbose_name="次数")),
                ("seen_at", models.DateTimeField(verbose_name="发生时间")),
                ("raised_at", models.DateTimeField(verbose_name="发现时间")),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True, verbose_name="处理时间")),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处理人",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="处理说明")),
            ],
            options={
                "verbose_name": "安全告警",
                "verbose_name_plural": "安全告警",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(condition=Q(("acknowledged_at__isnull", True)), fields=["id"], name="alert_open")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("story", "subject", "period"), name="alert_once_per_period"),
                    models.CheckConstraint(condition=Q(("story__in", list(STORIES))), name="alert_story_known"),
                    models.CheckConstraint(
                        condition=Q(
                            Q(
                                ("acknowledged_at__isnull", True),
                                ("acknowledged_by__isnull", True),
                                ("note", ""),
                            ),
                            Q(
                                ("acknowledged_at__isnull", False),
                                ("acknowledged_by__isnull", False),
                                Q(("note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="alert_acknowledged_by_somebody_saying_why",
                    ),
                ],
            },
        ),
    ]
