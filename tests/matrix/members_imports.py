"""The import of a roster: union staff, everybody's imports; nobody else."""

from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock
from core.enums import Role
from core.models import User
from members.enums import ImportState, ImportWork
from members.models import ImportRun
from members.services import import_runs, import_working
from tests.cast import Cast
from tests.matrix.admin import STAFF, may
from tests.matrix.table import ADMIN, Row

ROSTER = "工号,姓名,分工会,入会时间\nM90001,张三,甲院,2010-09-01\nM90002,李四,没有的院,2010-09-01\n"
COMMITTED = "已导入.csv"


def _run(cast: Cast, name: str = "名单.csv") -> ImportRun:
    """One that was previewed: somebody new, and an unknown branch."""
    if found := ImportRun.objects.filter(filename=name).first():
        return found
    staff, at = cast.users[Role.UNION_STAFF], clock.now()
    assert isinstance(staff, User)
    upload = SimpleUploadedFile(name, ROSTER.encode())
    received = import_runs.receive(upload=upload, actor=staff, at=at)
    run = import_runs.start(received=received, as_of=clock.local_date(at), actor=staff, at=at)
    import_runs.map_columns(run=run, mapping=import_runs.suggested(run), actor=staff, at=at)
    import_working.work_now(run)
    return ImportRun.objects.get(pk=run.pk)


def _committed(cast: Cast) -> ImportRun:
    run = _run(cast, COMMITTED)
    if run.state == ImportState.JUDGED:
        import_runs.ask(run=run, work=ImportWork.COMMIT, actor=run.uploaded_by, at=clock.now())
        import_working.work_now(run)
    return ImportRun.objects.get(pk=run.pk)


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


def _nobody(cast: Cast) -> dict:
    return {"pk": 999_999_999}


def _act(name: str, made=_run) -> list[Row]:
    """A page with a form: opened by staff; an empty form without an intent comes back."""
    route = f"admin/members/importrun/<int:pk>/{name}/"
    return [
        Row(route, get=may(STAFF), post=may(STAFF), kwargs=_pk(made)),
        Row(route, label=" nobody", get=may(STAFF, 404), post=may(STAFF, 404), kwargs=_nobody),
    ]


LIST = "admin/members/importrun/"
PAGE = f"{LIST}<path:object_id>/change/"
FAILED = f"{LIST}<int:pk>/failed.xlsx"
ROWS = [
    Row(LIST, get=may(STAFF), post=may(STAFF)),
    Row(PAGE, get=may(STAFF), post=may(()), kwargs=lambda cast: {"object_id": _run(cast).pk}),
    Row(PAGE, label=" nothing", get=may(STAFF, 404), post=may(()), kwargs=lambda cast: {"object_id": "0"}),
    Row(f"{LIST}upload/", get=may(STAFF), post=may(STAFF)),
    *_act("columns"),
    *_act("branches"),
    *_act("commit"),
    *_act("discard"),
    *_act("undo", _committed),
    Row(FAILED, get=may(STAFF), post=may(ADMIN, 405), kwargs=_pk(_run)),
    Row(FAILED, label=" nobody", get=may(STAFF, 404), post=may(ADMIN, 405), kwargs=_nobody),
]
FILES = {FAILED}
FILLED = {
    f"{LIST}<int:pk>/columns/": lambda cast: {},
    f"{LIST}<int:pk>/branches/": lambda cast: {"name_0": "new"},
    f"{LIST}<int:pk>/commit/": lambda cast: {},
    f"{LIST}<int:pk>/discard/": lambda cast: {},
    f"{LIST}<int:pk>/undo/": lambda cast: {},
}
NOT_FILLED = {f"{LIST}upload/": "takes a file; tests/members/test_admin_imports.py"}
