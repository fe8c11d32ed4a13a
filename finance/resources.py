"""The heads as a file, by django-import-export, each row through the service."""

from import_export import fields, widgets

from core.resources import HouseResource, WordWidget, YesWidget
from finance.enums import Side
from finance.models import Account
from finance.services import accounts


class ParentWidget(widgets.Widget):
    """The number of the head above; empty for a head of its own."""

    def clean(self, value, row=None, **kwargs) -> Account | None:
        code = str(value or "").strip()
        if not code:
            return None
        found = Account.objects.filter(code=code).first()
        if found is None:
            raise ValueError(f"没有编号为“{code}”的上级科目")
        return found

    def render(self, value, obj=None, **kwargs) -> str:
        return value.code if value else ""


class CodeWidget(widgets.Widget):
    """A number of a head is a text: a sheet may keep it as 401 or 401.0."""

    def clean(self, value, row=None, **kwargs) -> str:
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()

    def render(self, value, obj=None, **kwargs) -> str:
        return value


class AccountResource(HouseResource):
    """Heads, known by their number; those above stand before those below."""

    code = fields.Field("code", "科目编号", CodeWidget())
    name = fields.Field("name", "科目名称", widgets.CharWidget())
    side = fields.Field("side", "收支", WordWidget(Side))
    parent = fields.Field("parent", "上级科目", ParentWidget())
    note = fields.Field("note", "说明", widgets.CharWidget())
    is_active = fields.Field("is_active", "使用中", YesWidget())

    class Meta:
        model = Account
        fields = ("code", "name", "side", "parent", "note", "is_active")
        import_id_fields = ("code",)
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        use_transactions = True

    def keep(self, instance: Account, is_create: bool) -> None:
        values = {name: getattr(instance, name) for name in self._meta.fields}
        account = None if is_create else Account.objects.get(pk=instance.pk)
        accounts.keep_account(actor=self.actor, account=account, values=values, at=self.at)
