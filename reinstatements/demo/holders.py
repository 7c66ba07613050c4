"""Invented contact data, laid over customers of whom a file says nothing. Nobody can be reached by it.

Mail addresses are at example.com (RFC 2606). Telephone numbers are those that regulators keep for films: Germany
(Bundesnetzagentur, notice 148/2021), Britain (Ofcom), France (Arcep), Ireland (ComReg), Australia (ACMA) and North
America (555-0100 to 555-0199). Streets and towns do not exist.
"""

from dataclasses import dataclass
from random import Random

from reinstatements.demo import names

SEED = 2026

HOMES = {
    # language: (country, time zone, phone) of those who are written to in it
    "de": [("DE", "Europe/Berlin", "de")] * 16 + [("AT", "Europe/Vienna", "de"), ("CH", "Europe/Zurich", "de")],
    "en": [("DE", "Europe/Berlin", "de")] * 3
    + [("GB", "Europe/London", "gb")] * 3
    + [("US", "America/New_York", "us")],
    "fr": [("FR", "Europe/Paris", "fr")] * 2 + [("DE", "Europe/Berlin", "de")],
    "es": [("DE", "Europe/Berlin", "de")] * 2 + [("ES", "Europe/Madrid", "de"), ("ES", "Atlantic/Canary", "de")],
    "tr": [("DE", "Europe/Berlin", "de"), ("TR", "Europe/Istanbul", "de")],
    "pl": [("DE", "Europe/Berlin", "de"), ("PL", "Europe/Warsaw", "de")],
}
PHONES = {
    "de": (
        "+49 30 23125 {:03}",
        "+49 69 90009 {:03}",
        "+49 40 66969 {:03}",
        "+49 221 4710 {:03}",
        "+49 89 99998 {:03}",
    ),
    "gb": ("+44 20 7946 0{:03}", "+44 161 496 0{:03}", "+44 7700 900{:03}"),
    "fr": ("+33 1 99 00 1{:03}", "+33 6 39 98 4{:03}", "+33 4 65 71 2{:03}"),
    "us": ("+1 212-555-01{:02}", "+1 415-555-01{:02}", "+1 312-555-01{:02}"),
    "ca": ("+1 416-555-01{:02}", "+1 514-555-01{:02}"),
    "au": ("+61 2 5550 5{:03}", "+61 3 7010 5{:03}"),
    "ie": ("+353 20 910 0{:03}",),
}
TWO_DIGITS = ("us", "ca")
STREETS = {
    "DE": "Ahornweg Amselgasse Bäckerstraße Deichpfad Fährstraße Kiebitzweg Lindenallee Mühlengasse Sturmmöwenring",
    "GB": "Alder_Row Bell_Lane Heron_Close Lantern_Street Quay_Walk Thistle_Avenue",
    "FR": "rue_des_Étourneaux allée_du_Phare quai_des_Brumes impasse_Sainte-Agathe",
    "ES": "calle_del_Farol plaza_de_las_Grullas paseo_de_la_Niebla",
    "US": "Cormorant_Street Foghorn_Road Old_Pier_Avenue",
    "MX": "calle_de_la_Niebla avenida_Farolito calzada_del_Viento",
    "IN": "Lantern_Road Monsoon_Lane Tamarind_Street",
    "JP": "Tourou-dori Kirinami",
}
TOWNS = {
    "DE": "Lindenried Nordhafen Möwenau Sankt_Ægidien Unterfähr",
    "GB": "Lantern_Bay Port_Merrow Thornwick",
    "FR": "Saint-Éloi-des-Brumes Port-l'Évêque",
    "ES": "Puerto_Niebla Villafarol",
    "US": "Lantern_Cove Port_Merrow",
    "MX": "San_Farol Puerto_Bruma",
    "IN": "Deepanagar Neelapur",
    "JP": "Kiri-shi Tourou-cho",
}
STREETS_AS = {"BE": "FR", "MQ": "FR", "RE": "FR", "IE": "GB", "AU": "GB", "CA": "US"}


@dataclass(frozen=True)
class Members:
    """A share of a client's members: how they are called, where they live and in which language they are written to."""

    weight: int
    names: tuple[names.Names, ...]
    language: str
    country: str
    time_zone: str
    phone: str = ""


def rng_for(number, salt=""):
    """Return a source of chance that is the same for this account number whenever and in whatever order it is asked."""
    return Random(f"{SEED}:{salt}:{number}")  # noqa: S311 - a demo, not a secret


def invent(number, home=None, among=names.TABLE):
    """Return ``(holder, columns)`` for an account number; ``home`` is (country, time zone, phone) where it is given."""
    rng = rng_for(number)
    name, latin, language = names.draw(rng, among)
    country, zone, kind = home or rng.choice(HOMES[language])
    return holder_of(name, latin, country, kind, rng), {"language": language, "country": country, "time_zone": zone}


def one_of(number, members):
    """Return ``(holder, columns)`` of an account of a client with these ``Members``."""
    rng = rng_for(number)
    share = rng.choices(members, [each.weight for each in members])[0]
    name, latin = rng.choice(share.names).draw(rng)
    columns = {"language": share.language, "country": share.country, "time_zone": share.time_zone}
    return holder_of(name, latin, share.country, share.phone, rng), columns


def holder_of(name, latin, country, kind, rng):
    # A few gave no mail address or no number: such a member cannot be told, and the desk has to see that.
    email = f"{latin}{rng.randrange(10, 100)}@example.com" if rng.random() > 0.02 else ""
    phone = phone_of(kind, country, rng) if rng.random() > 0.05 and kind else ""
    return {"holder_name": name, "email": email, "phone": phone, "address": address_of(country, rng)}


def phone_of(kind, country, rng):
    number = rng.choice(PHONES[kind]).format(rng.randrange(100 if kind in TWO_DIGITS else 1000))
    # Some are written as one dials them at home.
    return number.replace("+49 ", "0") if country == "DE" and rng.random() < 0.2 else number


def address_of(country, rng):
    style = STREETS_AS.get(country, country if country in STREETS else "DE")
    street = rng.choice(STREETS[style].split()).replace("_", " ")
    town = rng.choice(TOWNS[style].split()).replace("_", " ")
    house, code = rng.randrange(1, 140), f"00{rng.randrange(100, 500)}"
    if style in ("GB", "US", "IN", "JP"):
        return f"{house} {street}, {town} {f'ZZ{house % 9 + 1} {house % 9 + 1}ZZ' if style == 'GB' else code}"
    if style in ("DE", "ES", "MX"):
        return f"{street} {house}, {code} {town}"
    return f"{house} {street}, {code} {town}"
