"""A request whose body says that it is too large is not read at all (TRUST.md U8)."""

from django.core.exceptions import RequestDataTooBig
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
