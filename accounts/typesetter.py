"""The process that makes one PDF: JSON comes in, the file goes out. It knows nothing of Django or of what it sets.

Words are data: they reach the template as ``sys.inputs``, never as source, so nothing that anybody typed is run. The
file is PDF/A-3a and PDF/UA-1, which demand a glyph for every character; one that no font here has, and one that nobody
can see or that turns the reading direction, is written as its code point. A plain PDF is made where that is not enough.
"""

import json
import sys
import unicodedata
from pathlib import Path

import typst

ARCHIVAL = ["a-3a", "ua-1"]
PROBE = b'#set text(font: ("Libertinus Serif", "DejaVu Sans"))\n#sys.inputs.words'
JOINERS = "\u200c\u200d"
"""Invisible, and part of how Persian words, Indic words and emoji are written."""


def strings(value):
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)


def mapped(value, table):
    """Return a JSON value with every text put through ``str.translate``."""
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, list):
        return [mapped(each, table) for each in value]
    return {key: mapped(each, table) for key, each in value.items()} if isinstance(value, dict) else value


def is_hidden(sign):
    """Tell whether a character shows nothing by itself, or is none: controls, directions, surrogates, unassigned."""
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn") and sign not in f"\n{JOINERS}"


def without_glyph(signs, compiler):
    """Return those of ``signs`` that no font has, by halves: one try where all are there."""
    try:
        compiler.compile(PROBE, format="pdf", sys_inputs={"words": " ".join(signs)}, pdf_standards="a-2b")
    except typst.TypstError:
        if len(signs) == 1:
            return signs
        half = len(signs) // 2
        return without_glyph(signs[:half], compiler) + without_glyph(signs[half:], compiler)
    return []


def unprintable(data, compiler):
    """Return ``{code point: how it is written}`` of the characters in ``data`` that cannot be shown."""
    signs = sorted({sign for text in strings(data) for sign in text})
    hidden = [sign for sign in signs if is_hidden(sign)]
    shown = [sign for sign in signs if not sign.isascii() and sign not in hidden]
    gone = hidden + (without_glyph(shown, compiler) if shown else [])
    return {ord(sign): f"[U+{ord(sign):04X}]" for sign in gone}


def pdf(job):
    """Return the bytes of the PDF that ``job`` asks for; see ``accounts.typesetting``."""
    template = Path(job["template"])
    compiler = typst.Compiler(template, root=template.parent, font_paths=typst.Fonts())
    table = unprintable(job["data"], compiler)
    data = mapped(job["data"], table) | {"attachments": job["attachments"], "has_code_points": bool(table)}

    def compiled(is_archival, standards):
        inputs = {"data": json.dumps(data | {"is_archival": is_archival})}
        return compiler.compile(
            template, format="pdf", sys_inputs=inputs, pdf_standards=standards, timestamp=job["timestamp"]
        )

    try:
        return compiled(True, ARCHIVAL)
    except typst.TypstError:
        return compiled(False, [])


if __name__ == "__main__":
    sys.stdout.buffer.write(pdf(json.load(sys.stdin)))
