"""A kept selection as the people of a rule. It goes back while no rule has such an audience."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0019_merged_index_of_the_few'),
        ('notices', '0007_first_columns'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reminderrule',
            name='reminder_rule_audience_known',
        ),
        migrations.RemoveConstraint(
            model_name='reminderrule',
            name='reminder_rule_birthday_to_member_only',
        ),
        migrations.AddField(
            model_name='reminderrule',
            name='segment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='members.segment', verbose_name='常用名单'),
        ),
        migrations.AlterField(
            model_name='reminderrule',
            name='audience',
            field=models.CharField(choices=[('members', '会员'), ('branches', '指定分工会的会员'), ('segment', '常用名单中的会员'), ('staff', '工会干部'), ('role', '指定岗位')], max_length=8, verbose_name='发送对象'),
        ),
        migrations.AddConstraint(
            model_name='reminderrule',
            constraint=models.CheckConstraint(condition=models.Q(('audience__in', ['members', 'branches', 'segment', 'staff', 'role'])), name='reminder_rule_audience_known'),
        ),
        migrations.AddConstraint(
            model_name='reminderrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'birthday'), _negated=True), ('audience__in', ('members', 'branches', 'segment')), _connector='OR'), name='reminder_rule_birthday_to_member_only', violation_error_message='生日提醒只发给会员本人。'),
        ),
        migrations.AddConstraint(
            model_name='reminderrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('audience', 'segment'), models.Q(('segment__isnull', False), ('is_active', False), _connector='OR')), models.Q(models.Q(('audience', 'segment'), _negated=True), ('segment__isnull', True)), _connector='OR'), name='reminder_rule_segment_fits_audience', violation_error_message='发送对象为常用名单时须选名单，其他对象不选。'),
        ),
    ]
