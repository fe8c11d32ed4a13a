"""Words of imports through the admin. Leaf: imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ImportState(TextChoices):
    UPLOADED = "uploaded", _("已上传")
    JUDGED = "judged", _("待确认")
    COMMITTED = "committed", _("已导入")
    DISCARDED = "discarded", _("已放弃")
    UNDONE = "undone", _("已撤销")


class ImportWork(TextChoices):
    """What is being done with a run."""

    JUDGE = "judge", _("核对")
    COMMIT = "commit", _("导入")
    UNDO = "undo", _("撤销")


class RowVerdict(TextChoices):
    """What becomes of a row."""

    NEW = "new", _("新增")
    CHANGED = "changed", _("更新")
    SAME = "same", _("不变")
    ERROR = "error", _("不导入")


class CellKind(TextChoices):
    """What becomes of one cell of a row."""

    NEW = "new", _("新")
    CHANGED = "changed", _("改")
    SAME = "same", _("同")
    WARNING = "warning", _("请核对")
    ERROR = "error", _("有误")


class ImportRefusal(TextChoices):
    """Why a step of an import is not taken. ``str(code)`` is the code, the label the sentence."""

    NOT_NOW = "import_not_now", _("这次导入当前不能这样操作，请刷新页面查看状态。")
    AT_WORK = "import_at_work", _("系统正在处理这次导入，请稍候。")
    STALE = "import_stale", _("预览之后花名册有了变动，以下各行结论不同。已重新核对，请看过后再导入。")
    NOTHING = "import_nothing_to_do", _("没有可以导入的行。")
    FILE_GONE = "import_file_gone", _("上传的文件已按期清理，请重新上传。")
    FIELD_TWICE = "import_field_twice", _("有两栏选了同一项内容，每项只能对应一栏。")
    FIELD_MISSING = "import_field_missing", _("至少要指定工号和姓名两栏。")
    CHANGED_SINCE = "import_changed_since", _("导入之后以下人员的资料又有变动，不能整批撤销。")
    TOO_LATE = "import_too_late", _("导入前的资料已按期清理，不能再撤销。")
    FAILED = "import_failed", _("处理中断，没有写入任何数据，可以重试；仍不成功请告诉系统管理员。")
    NO_SUCH_NAME = "import_no_such_name", _("预览中没有这个分工会名称。")
