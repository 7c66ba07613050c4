"""Amounts: whole minor units and an ISO 4217 code inside, digits with a decimal point in front of people."""

import re
import unicodedata

from accounts.canonical import MAX_INTEGER

# Currencies whose minor unit is not a hundredth, as ISO 4217 lists them.
DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def digits_of(currency: str) -> int:
    return DIGITS.get(currency, 2)


def words(minor: int, currency: str) -> str:
    """Return an amount as it is read: 842050 USD is "8,420.50 USD"."""
    digits = digits_of(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    fraction = f".{rest:0{digits}}" if digits else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{fraction} {currency}"


def plain(minor: int, currency: str) -> str:
    """Return an amount as a form takes it: 842050 USD is "8420.50"."""
    return words(minor, currency).rpartition(" ")[0].replace(",", "")


def parse(text: str, currency: str) -> int:
    """Return the minor units that somebody typed as "84.20", "84,20" or "1 084.20 EUR".

    Raises ``ValueError`` for anything that could be read in two ways: more decimals than the currency has, thousands
    set apart by points or commas, other currencies. Raises ``OverflowError`` for more than the ledger can hold.
    """
    digits = digits_of(currency)
    typed = "".join(str(unicodedata.decimal(sign, sign)) for sign in text.strip())
    typed = typed.removesuffix(currency).removeprefix(currency).strip()
    typed = re.sub(r"(?<=\d)[\s'’](?=\d{3}(?!\d))", "", typed)
    fraction = rf"(?:[.,٫](\d{{1,{digits}}}))?" if digits else "()"
    found = re.fullmatch(rf"(\d{{1,20}}){fraction}", typed, re.ASCII)
    if not found:
        raise ValueError(text)
    minor = int(found[1]) * 10**digits + int((found[2] or "").ljust(digits, "0") or 0)
    if minor > MAX_INTEGER:
        raise OverflowError(text)
    return minor
