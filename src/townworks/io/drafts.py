"""Files that are either written whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from townworks.errors import OutputError, TownworksError


class Draft:
    """A file being written beside its place, which it takes only when it is complete.

    The draft is a hidden file in the same folder; `publish` brings it to disk (fsync) and renames
    it over what stood there, `discard` removes it. Where the path is a device or a pipe
    (``/dev/null``), nothing can be renamed over it: it is written directly. Every `OSError` on the
    way becomes an `OutputError`, and the draft is removed.
    """

    def __init__(self, path: Path) -> None:
        """Begin a draft of `path`; its folder must exist and be writable."""
        self.path = path
        self._place = path.resolve()
        direct = self._place.exists() and not (self._place.is_file() or self._place.is_dir())
        name = f".townworks-{secrets.token_hex(6)}.part"
        self._temporary = None if direct else self._place.with_name(name)
        with self.guarded():
            if self._place.is_dir():
                raise IsADirectoryError(None, "Is a directory")
            self.file: IO[bytes] = (self._temporary or self._place).open("wb" if direct else "xb")

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Discard the draft if anything fails inside, and tell failures of the system as ours."""
        try:
            yield
        except BaseException as error:
            self.discard()
            if isinstance(error, OSError) and not isinstance(error, TownworksError):
                raise OutputError(self.path, error.strerror or str(error)) from error
            raise

    def publish(self) -> None:
        """Bring the draft to disk and put it in its place."""
        with self.guarded():
            self.file.flush()
            if self._temporary is None:
                self.file.close()
                return
            os.fsync(self.file.fileno())
            self.file.close()
            self._temporary.replace(self._place)
            self._sync_folder()

    def _sync_folder(self) -> None:
        folder = os.open(self._place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self) -> None:
        """Remove the draft; what stood in its place stays as it was."""
        file = getattr(self, "file", None)
        if file is not None:
            try:
                file.close()
            except OSError:  # closing flushes: on a full disk that fails again
                file.detach() if hasattr(file, "detach") and not file.closed else None
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
