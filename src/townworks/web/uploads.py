"""Uploads that are too large are not kept while they come in, and are said at their field."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from townworks.web.speech import say

MARK = "townworks.too_large"
MEGABYTE = 1_000_000


class MostBytesHandler(FileUploadHandler):
    """Passes a file on to the next handler until it is too large; then drops all of it.

    Whatever size the browser declared: what counts is what arrives. Nothing of it reaches the disk
    beyond the limit.
    """

    seen = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin to count."""
        super().new_file(*args, **kwargs)
        self.seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 (Django's)
        """Count a chunk; mark the request and drop the file where it is one too many."""
        self.seen += len(raw_data)
        if self.seen > settings.UPLOAD_MOST_BYTES:
            if self.request is not None:
                self.request.META[MARK] = self.file_name or ""
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""


def too_large(request: HttpRequest) -> str | None:
    """Return what to say of a file that was dropped; None where none was."""
    name = request.META.get(MARK)
    if name is None:
        return None
    most = settings.UPLOAD_MOST_BYTES // MEGABYTE
    return say("too_large", name=name, most=most)
