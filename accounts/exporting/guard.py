"""No cell of a file is run by a spreadsheet.

A spreadsheet runs a cell that begins with ``= + - @``, a tab or a line break as a formula. The guard puts an apostrophe
before such text (https://owasp.org/www-community/attacks/CSV_Injection), also where the sign comes after blanks, quotes
or invisible characters, in its full-width form, or behind a separator that another country's spreadsheet splits at.

It is written once, as regular expressions that Python and PostgreSQL both run.
"""

import re

SIGNS = r"[=+\-@＝＋－＠﹦﹢﹣﹫]"
CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
BLANKS = r" \xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
SKIPPED = f"[{CONTROLS}{BLANKS}\"'`´‘’‚‛“”„‟«»]"
LEADING = rf"[\t\r\n]|{SKIPPED}*{SIGNS}"
INNER = rf"([,;|\t\r\n]{SKIPPED}*)(?={SIGNS})"
PLAIN = r"[0-9A-Za-z][^,;|\t\r\n]*"
"""Text like this holds no formula whatever the rest is; most text is like this, and is asked nothing more."""

_leading, _inner, _plain = re.compile(LEADING), re.compile(INNER), re.compile(PLAIN)


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; text that is none already stays as it is."""
    if _plain.fullmatch(text):
        return text
    text = _inner.sub(r"\1'", text)
    return f"'{text}" if _leading.match(text) else text


def guarded_sql(text: str) -> str:
    """Return the SQL expression, for PostgreSQL, of ``text`` guarded, where ``text`` is one itself.

    Its patterns are ours and stand in the statement; no value does.
    """
    plain, inner, leading = (literal(pattern) for pattern in (f"^{PLAIN}$", INNER, f"^(?:{LEADING})"))
    safe = f"regexp_replace({text}, {inner}, '\\1''', 'g')"
    return (
        f'CASE WHEN {text} COLLATE "C" ~ {plain} THEN {text}'
        f" WHEN {safe} ~ {leading} THEN '''' || {safe} ELSE {safe} END"
    )


def literal(pattern: str) -> str:
    """Return one of our patterns as PostgreSQL writes it: two hexadecimal digits are four, and there is no NUL."""
    pattern = re.sub(r"\\x([0-9a-f]{2})", r"\\u00\1", pattern).replace(r"\u0000-", r"\u0001-")
    return "'" + pattern.replace("'", "''") + "'"


def file_name(*parts: object, suffix: str = "csv") -> str:
    """Return a name that every file system takes and no spreadsheet misreads, such as ``log-2026-11-23.csv``."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(map(str, parts)))
    return f"{words.strip('-') or 'export'}.{suffix}"
