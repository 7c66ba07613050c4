"""How files come in: sealed before they touch the disk, bounded, gone with the request unless somebody keeps them."""

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from accounts.imports import store
from accounts.imports.limits import LARGEST_FILE


class SealedUpload(UploadedFile):
    """A file as it came in. ``key`` opens what lies on the disk; ``keep`` moves it to where it stays."""

    def __init__(self, writer, name, content_type, is_too_large):
        super().__init__(None, name, content_type, writer.size)
        self._path, self.key, self.sha256 = writer.path, writer.key, writer.digest.hexdigest()
        self.is_too_large = is_too_large

    def opened(self):
        return store.open_file(self._path, self.key)

    def keep(self, path):
        self._path.rename(path)

    def close(self):
        self._path.unlink(missing_ok=True)


class SealingUploadHandler(FileUploadHandler):
    """Of a file that is too large nothing is kept but that it was."""

    _is_too_large = False
    _writer = None

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self._is_too_large = content_length > LARGEST_FILE + 1024 * 1024

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self._writer, self._exceeds = store.Writer(), self._is_too_large

    def receive_data_chunk(self, raw_data, start):
        self._exceeds = self._exceeds or self._writer.size + len(raw_data) > LARGEST_FILE
        if not self._exceeds:
            self._writer.write(raw_data)

    def file_complete(self, file_size):
        self._writer.close()
        upload = SealedUpload(self._writer, self.file_name, self.content_type, self._exceeds)
        upload.size = file_size
        return upload

    def upload_interrupted(self):
        if self._writer:
            self._writer.discard()
