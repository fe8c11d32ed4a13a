"""Waiting for a list in a browser: the page brings itself up to date, and without script a link does."""

from datetime import timedelta

import pytest

from core import clock, exports
from core.enums import Role
from core.models import RoleGrant, User
from core.services import exporting
from tests.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_brings_the_finished_file_by_itself(desk):
    user = User.objects.create_user("E001", PASSWORD, name="审计")
    RoleGrant.objects.create(user=user, role=Role.AUDIT_ADMIN, from_on=clock.today() - timedelta(days=9))
    desk.sign_in("E001", PASSWORD)
    desk.open("/exports/new/core.audit/")
    desk.page.fill("input[name=reason]", "年度检查")
    desk.page.click("main button[type=submit]")
    desk.page.wait_for_selector("[data-waiting] progress")

    exporting.run_export(exports.ExportJob.objects.get().pk)

    desk.page.wait_for_selector("#state:not([data-waiting]) a[href^='/files/']")
    assert desk.complaints == []
