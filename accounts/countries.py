"""The countries that an account can be of: those whose numbering plan libphonenumber knows, by ISO 3166-1 alpha-2."""

import phonenumbers

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
