"""Amounts: whole minor units and an ISO 4217 code inside, digits with a decimal point in front of people."""

import re
import unicodedata

from accounts.canonical import MAX_INTEGER

# Currencies whose minor unit is not a hundredth, as ISO 4217 lists them.
NO_MINOR_UNIT = re.compile("BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF")
THOUSANDTHS = re.compile("BHD|IQD|JOD|KWD|LYD|OMR|TND")
TEN_THOUSANDTHS = re.compile("CLF|UYW")


def digits_of(currency: str) -> int:
    """Return how many decimals a currency's amounts have."""
    found = ((NO_MINOR_UNIT, 0), (THOUSANDTHS, 3), (TEN_THOUSANDTHS, 4))
    return next((digits for codes, digits in found if codes.fullmatch(currency)), 2)


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
    minor = int(found[1] + (found[2] or "").ljust(digits, "0"))
    if minor > MAX_INTEGER:
        raise OverflowError(text)
    return minor
