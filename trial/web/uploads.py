"""What people send as files: held in memory, since larger ones would otherwise lie on disk in clear."""

import io
from typing import IO

from flask import Request


class InMemory(Request):
    """A request whose files never touch the disk; how large it may be is said before it is read."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()
