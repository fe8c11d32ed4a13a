"""A list that left the house is part of what a person is told about his data (DESIGN.md, decision 9)."""

import pytest

from core import clock, exports
from core.enums import ExportState
from core.models import ExportedPeople, ExportJob, User
from members.dossier import looks_at
from tests.members.factories import make_member


@pytest.mark.django_db
def test_an_export_is_among_the_looks_of_whom_it_held_only():
    held, other = make_member(), make_member()
    clerk = User.objects.create_user("K001", None, name="李干事")
    at = clock.now()
    done = {"state": ExportState.DONE, "requested_by": clerk, "requested_at": at, "finished_at": at}
    job = ExportJob.objects.create(kind="core.audit", columns=["action"], reason="年度检查", **done)
    ExportedPeople.objects.create(job=job, members=[held.pk])
    exports.note(job, "exported", actor=clerk, at=at)

    (look,) = looks_at(held)

    assert (look.who, look.reason, look.at) == ("李干事", "年度检查", at)
    assert "行为代码" in look.what
    assert looks_at(other) == []
