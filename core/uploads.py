"""A body that says it is too large is not read, one that breaks off is none and leaves nothing (TRUST.md U8)."""

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from core.apart.limits import MEGABYTE

REQUEST = 25 * MEGABYTE  # all files of one form together; the proxy stops there too


class WholeRequest(FileUploadHandler):
    """First of FILE_UPLOAD_HANDLERS: answers 400 before any byte is stored."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        if content_length > REQUEST:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class ClosedUploads:
    """Middleware: temporary files go with their request. Django closes those of a form that came whole; of one that
    broke off they stay until the garbage collector happens to run."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for handler in request.upload_handlers:
            if file := getattr(handler, "file", None):
                file.close()
        return response


class WholeBodies:
    """Around the WSGI application: who is gone before he sent all that he announced has sent nothing (400).

    Servers end such a body as if it were whole, and Django takes the fields that came: a form without its papers.
    """

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        announced = environ.get("CONTENT_LENGTH") or "0"
        if announced.isascii() and announced.isdecimal():
            environ["wsgi.input"] = _Whole(environ["wsgi.input"], int(announced))
        return self.application(environ, start_response)


class _Whole:
    """The stream up to what was announced. Django's ``LimitedStream`` always asks for a number of bytes."""

    def __init__(self, stream, announced: int) -> None:
        self.stream, self.left = stream, announced

    def read(self, size: int) -> bytes:
        parts, size = [], min(size, self.left)
        while size:
            parts.append(self._came(self.stream.read(size)))
            size -= len(parts[-1])
        return b"".join(parts)

    def readline(self, size: int) -> bytes:
        return self._came(self.stream.readline(size))

    def _came(self, part: bytes) -> bytes:
        if not part and self.left:
            raise BadRequest("the body breaks off")
        self.left -= len(part)
        return part
