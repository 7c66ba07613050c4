"""Masks: what may be seen of a name, an address, a number, and of cards nothing but four digits."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import masking


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Maria Köhler", "M•••• K••••"),
        ("Li", "L••••"),
        ("  Jean-Luc   de la  Tour du Pin ", "J•••• d•••• l•••• T••••"),
        ("O'Brien", "O••••"),
        ("王小明", "王••••"),
        ("مريم العلي", "م•••• ا••••"),
        ("שָׁלוֹם כהן", "שָׁ•••• כ••••"),
        ("क्षमा निधि", "क्ष•••• नि••••"),
        ("Élodie", "É••••"),
        ("E\u0301lodie", "É••••"),
        ("\u202emaria", "m••••"),
        ("-- maria", "•••• m••••"),
        ("\u0301", "••••"),
        ("4ever", "4••••"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_name_shows_the_first_letter_of_its_words(name, masked):
    assert masking.mask_name(name) == unicodedata.normalize("NFC", masked)


@given(st.text())
def test_a_masked_name_shows_at_most_eight_characters_of_a_word_and_no_directions(name):
    shown = masking.mask_name(name).split(" ")

    assert all(re.fullmatch(r".{0,8}••••", word, re.DOTALL) or word == "" for word in shown)
    assert not set(masking.mask_name(name)) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\0\n")


def test_a_letter_under_a_heap_of_marks_stays_short():
    assert masking.mask_name("Z" + "\u0336" * 5000) == "Z" + "\u0336" * 7 + "••••"


def test_a_masked_name_does_not_tell_its_length():
    assert masking.mask_name("Bo") == masking.mask_name("Bartholomäus")


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("maria.k@example.com", "m••••@example.com"),
        (" m@example.com ", "m••••@example.com"),
        ('"a@b"@example.com', "a••••@example.com"),
        ("мария@пример.рф", "м••••@пример.рф"),
        ("maria@\u202eexample.com", "m••••@example.com"),
        ("maria@", "••••"),
        ("@example.com", "••••"),
        ("maria", "••••"),
        ("", ""),
    ],
)
def test_an_address_shows_its_first_letter_and_domain(address, masked):
    assert masking.mask_email(address) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("+49 30 1234567", "+49 •••• 67"),
        ("+4915112345678", "+49 •••• 78"),
        ("+1 (202) 555-0143", "+1 •••• 43"),
        ("+٤٩٣٠١٢٣٤٥٦٧", "+49 •••• 67"),
        ("030/1234567", "•••• 67"),
        ("12345", "••••"),
        ("unknown", "••••"),
        ("", ""),
    ],
)
def test_a_phone_number_shows_its_country_and_two_digits(phone, masked):
    assert masking.mask_phone(phone) == masked


def test_anything_else_shows_only_that_there_is_something():
    assert [masking.mask_generic(text) for text in ["secret", "s", " ", ""]] == ["••••", "••••", "", ""]


# Numbers that card schemes and payment providers publish for tests.
PUBLISHED = [
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "30569309025904",
    "38520000023237",
    "3530111333300000",
    "6200000000000005",
    "6205500000000000004",
    "5019717010103742",
]


@pytest.mark.parametrize("number", PUBLISHED)
def test_a_published_card_number_is_cut_to_four_digits_however_it_is_spaced(number):
    fours = re.findall(".{1,4}", number)
    spaced = [number, " ".join(fours), "-".join(fours), " - ".join(fours), "\u00a0".join(fours), ".".join(fours)]
    uneven = [f"{number[:4]} {number[4:10]}-{number[10:]}", f"{number[:6]}\n{number[6:]}", "\u200b".join(number)]

    for written in [*spaced, *uneven, number.translate({48 + n: 0x0660 + n for n in range(10)})]:
        masked, found = masking.mask_card_numbers(f"Paid with {written}, thanks")
        assert found == 1
        assert masked == f"Paid with ••••{re.sub('[^0-9٠-٩]', '', written)[-4:]}, thanks".translate(
            {0x0660 + n: 48 + n for n in range(10)}
        )


@pytest.mark.parametrize(
    ("text", "masked", "found"),
    [
        ("Visa 4111 1111 1111 1111 12/26 123", "Visa ••••1111 12/26 123", 1),
        ("case 17 4111 1111 1111 1111 1234", "case 17 ••••1111 1234", 1),
        ("4111-1111-1111-1111 5555 5555 5555 4444", "••••1111 ••••4444", 2),
        ("4111111111111111,5555555555554444", "••••1111,••••4444", 2),
        ("x4111111111111111y", "x••••1111y", 1),
        ("４１１１ １１１１ １１１１ １１１１", "••••1111", 1),
        # ISO/IEC 7812 numbers of no card scheme we list, in one piece and evenly spaced.
        ("1234567812345670", "••••5670", 1),
        ("95830481-2011-4175-9ac9-40b41532439f 4111111111111111", "95830481-2011-4175-9ac9-40b41532439f ••••1111", 1),
        # As many digits in such groups that are no version of a UUID.
        ("41111111-1111-1111-1111-111111111111", "••••1111-1111-111111111111", 1),
        ("1234 5678 1234 5670", "••••5670", 1),
    ],
)
@pytest.mark.requirement("R120")
def test_card_numbers_are_found_among_other_text(text, masked, found):
    assert masking.mask_card_numbers(text) == (masked, found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no digits at all",
        "4111 1111 1111 1112",
        "411111111111",
        "41111111111111111111",
        "Account 7590-VHVEG, balance 29.85 of 2025-01-31",
        "called +49 151 12345678 and 030 1234567 at 12.03.2024 10:15",
        "0000 0000 0000 0000",
        "DE89 3704 0044 0532 0130 00",
        "5f1c2d3e-0001-4a4b-8c8d-1234567890ab",
        # UUIDs (RFC 9562) in which a run of digits passes the check.
        "95830481-2011-4175-9ac9-40b41532439f",
        "33674460-8043-4c9f-99c7-c7ed971d7210",
        "B4427F89-6E1D-4406-8840-77624B604416",
    ],
)
def test_other_numbers_stay_as_they_are(text):
    assert masking.mask_card_numbers(text) == (text, 0)


def test_a_name_is_a_card_number_only_if_a_scheme_could_have_issued_it():
    assert masking.mask_card_numbers("1234567812345670", is_name=True) == ("1234567812345670", 0)
    assert masking.mask_card_numbers("4111111111111111", is_name=True) == ("••••1111", 1)


def test_a_phone_number_that_passes_the_check_digit_stays():
    # A German mobile number has 13 digits and begins with 4, as a short Visa number does.
    number = next(f"+49151123456{end:02}" for end in range(100) if luhn_by_hand(f"49151123456{end:02}"))

    assert masking.mask_card_numbers(f"call {number} back") == (f"call {number} back", 0)
    assert masking.mask_card_numbers(f"card {number[1:]}")[1] == 1


def luhn_by_hand(digits):
    total = 0
    for place, digit in enumerate(digits[::-1], start=1):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


@given(st.text(st.sampled_from("0123456789"), min_size=13, max_size=19))
def test_what_is_in_one_piece_and_passes_the_check_digit_is_cut(digits):
    is_cut = luhn_by_hand(digits) and digits[0] != "0"

    assert masking.mask_card_numbers(digits) == ((f"••••{digits[-4:]}", 1) if is_cut else (digits, 0))


@given(st.text())
def test_text_without_thirteen_digits_is_left_alone(text):
    if sum(char.isdecimal() for char in text) < 13:
        assert masking.mask_card_numbers(text) == (text, 0)
