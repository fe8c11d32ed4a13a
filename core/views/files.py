"""Files, each given out by asking what it belongs to."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from core import attachments
from core.files.serving import file_response
from core.models import Attachment
from core.requests import SignedInRequest


@require_safe
@login_required
def attachment(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """404 for a file that is not there and for one that is not his to read: the same answer."""
    file = get_object_or_404(Attachment, pk=pk)
    if not attachments.may_read(request.user, file):
        raise Http404
    content = attachments.hand_out(attachment=file, actor=request.user, at=request.at)
    return file_response(content, kind=file.kind, name=file.name)
