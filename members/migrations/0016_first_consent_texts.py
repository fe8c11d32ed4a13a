"""The notice and the separate consent that every union starts with; a school publishes its own wording later."""

from datetime import date

from django.db import migrations

NOTICE = """校工会为办理会籍、会费、慰问福利、文体活动和民主管理，处理您的个人信息。依据是《中华人民共和国工会法》和《个人信息保护法》\
第十三条第一款第二项、第三项。

一、处理的信息：姓名、工号、性别、出生日期、民族、学历、政治面貌、部门、职称、入校日期、会籍经历、手机、邮箱、会费。

二、谁能看到：校工会干事和主席看全体会员，分工会负责人只看本分会会员，号码隐去中间部分；证件号、银行卡号加密保存，完整查看须\
注明事由并留下记录，您可以在“谁看过我的信息”中查到。

三、不向校外提供，法律规定的除外；发放慰问款时把姓名、卡号和金额交付款银行。

四、保存期限：会籍长期保存；会费、付款随会计凭证保存 30 年；联系方式在离会后按学校规定的年限清除。

五、您可以查阅、复制、更正、删除，可以撤回同意，也可以投诉，在“我的数据”中提出，校工会在规定的工作日内答复。"""

CONSENT = """办理下列事项时需要敏感个人信息，须您单独同意（《个人信息保护法》第二十八条至第三十条）：

一、身份证号、银行卡号：用于核对身份和发放慰问款。

二、患病、住院和困难情况的材料：用于慰问和困难帮扶的审核。

三、未满十四周岁子女的信息：用于六一慰问和入园统计，由您作为监护人同意。

这些信息加密保存，只给经办人看，看过即有记录。不同意不影响会籍；需要这些信息的慰问、补助可以改为线下当面办理。同意可以随时撤回。"""

TEXTS = (("privacy", NOTICE), ("sensitive", CONSENT))
FROM_ON = date(2026, 1, 1)


def add(apps, schema_editor):
    table = apps.get_model("members", "ConsentText").objects.using(schema_editor.connection.alias)
    for kind, text in TEXTS:
        table.create(kind=kind, version="2026-1", text=text, from_on=FROM_ON)


class Migration(migrations.Migration):
    dependencies = [("members", "0015_own_file")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
