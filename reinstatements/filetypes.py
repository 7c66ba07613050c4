"""What a file is, told by its bytes: its name and what a browser says of it count for nothing.

Three types are taken, each with what begins and ends it by its own standard, so that nothing hangs on behind: PDF (ISO
32000-1, 7.5.2 and 7.5.5), PNG (RFC 2083, 3.1 and 4.1.4) and JPEG (ITU-T T.81, B.1.1.3). A PDF that runs programs when
it is opened is refused where that can be seen; this is no virus scanner.
"""

import re

from django.utils.translation import gettext as _

from accounts.errors import Invalid
from reinstatements.models import EvidenceFile

LARGEST = 8 * 1024 * 1024
LARGEST_SIDE = 20_000
Type = EvidenceFile.Type
PNG_BEGINS, PNG_ENDS = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG_BEGINS, JPEG_ENDS = b"\xff\xd8\xff", b"\xff\xd9"
ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles|RichMedia|XFA)\b")
SUFFIXES = {Type.PDF: "pdf", Type.PNG: "png", Type.JPEG: "jpg"}


def type_of(data):
    """Return the ``EvidenceFile.Type`` of these bytes; raises ``Invalid`` and says why for anything else."""
    if not data:
        raise Invalid(_("This file is empty."), field="file")
    if len(data) > LARGEST:
        raise Invalid(_("This file is larger than %d MB.") % (LARGEST // 1024 // 1024), field="file")
    if data.startswith(b"%PDF-"):
        return pdf(data)
    if data.startswith(PNG_BEGINS):
        return png(data)
    if data.startswith(JPEG_BEGINS):
        if not data.rstrip(b"\x00").endswith(JPEG_ENDS):
            raise Invalid(_("This picture is cut off, or something hangs on behind it."), field="file")
        return Type.JPEG
    raise Invalid(_("Only PDF, PNG and JPEG files are taken, and this is none of them."), field="file")


def pdf(data):
    if b"%%EOF" not in data[-1024:]:
        raise Invalid(_("This PDF is cut off, or something hangs on behind it."), field="file")
    if ACTIVE.search(data):
        raise Invalid(_("This PDF runs programs or carries other files. Print it to a new PDF first."), field="file")
    return Type.PDF


def png(data):
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    is_sane = data[12:16] == b"IHDR" and 0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE
    if not is_sane or not data.endswith(PNG_ENDS):
        raise Invalid(_("This picture is cut off, or something hangs on behind it."), field="file")
    return Type.PNG
