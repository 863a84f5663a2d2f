"""The product's password rule, and the generator of random passwords."""

import math
import re
import secrets
import string
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from schools.text import tidy

if TYPE_CHECKING:
    from accounts.models import User

SPECIAL = "~!@#$%^&*()-_=+[]{};:,.<>/?|"
RULE = (
    "au moins 8 caractères, dont 1 majuscule, 1 minuscule, 1 chiffre et 1 caractère spécial parmi "
    "~ ! @ # $ % ^ & * ( ) - _ = + [ ] { } ; : , . < > / ? |"
)
MAX_LENGTH = 128

# Syllables of one consonant and one vowel are easy to say and to type. No l, no capital O or I, and digits from 2:
# nothing is mistaken for something else.
CONSONANTS = "bdfghjkmnprstvz"
VOWELS = "aeiou"
DIGITS = "23456789"
SYLLABLES = [consonant + vowel for consonant in CONSONANTS for vowel in VOWELS]
# A password that holds one of these, across syllables too, is drawn again. Together they refuse far fewer than half of
# all draws (tests), so they cost less than one bit.
RUDE = (
    "anus bata bite biza bozo cona debi deba fuki fuke fion gage goda gode gogo gogu gouin homo kaka keke kika kiki "
    "kono kuku mata mere merd naze nazi nazo nega negr niga nike niki niko nude pada pede peni pine pipi pisa piso "
    "pube pute puta pupu rape sado sade sein sodo sozo suka suke supo teta tete teto tubi tuer vagi viga vome zebi "
    "zigo zizi zobi zoba zuku"
).split()
RUDE_SOUND = re.compile("|".join(RUDE))
# 7 syllables of 75 and 3 digits of 8 are 43.6 + 9 bits; minus one bit for what is drawn again.
BITS = 7 * math.log2(len(SYLLABLES)) + 3 * math.log2(len(DIGITS)) - 1


def is_strong(password: str) -> bool:
    """Tell whether `password` follows the product's rule."""
    return (
        8 <= len(password) <= MAX_LENGTH
        and any(char.isupper() for char in password)
        and any(char.islower() for char in password)
        and any(char in string.digits for char in password)
        and any(char in SPECIAL for char in password)
    )


def writings(password: str) -> list[str]:
    """Return the passwords that a typed one can mean: as `schools.text.tidy` leaves it, then exactly as typed.

    A password copied from a cell brings a tab, a line break or a no-break space along. All passwords are set tidy now;
    older ones may not be.
    """
    tidied = tidy(password)
    return [writing for writing in dict.fromkeys((tidied, password)) if writing]


def generate_password() -> str:
    """Return a random password such as `Bamute-Kirasofa472`: 18 characters, over 51 bits, easy to read aloud."""
    while True:
        # One draw for all ten characters: thousands of passwords are made inside one transaction.
        drawn = secrets.randbelow(len(SYLLABLES) ** 7 * len(DIGITS) ** 3)
        sound = digits = ""
        for _ in range(3):
            drawn, place = divmod(drawn, len(DIGITS))
            digits += DIGITS[place]
        for _ in range(7):
            drawn, place = divmod(drawn, len(SYLLABLES))
            sound += SYLLABLES[place]
        if not RUDE_SOUND.search(sound):
            return f"{sound[:6].capitalize()}-{sound[6:].capitalize()}{digits}"


class ProductRuleValidator:
    """The rule, for Django's password forms."""

    def validate(self, password: str, user: "User | None" = None) -> None:
        if not is_strong(password):
            raise ValidationError(f"Le mot de passe doit contenir {RULE}.", code="weak_password")

    def get_help_text(self) -> str:
        return f"Le mot de passe contient {RULE}."
