"""Passwords that are easy to guess, refused as personal ones.

They are compared without capitals, digits and signs: `M0tdepasse-2026!` is `motdepasse`, and Zoé Martin's `Z0é.Martin1`
is made of her names. Initial passwords are not checked: the school gives them.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import chain

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import User
from schools.folding import fold
from schools.models import School

# The French ones, and what schools are full of. Django's own list of 20,000 comes on top.
WORDS = frozenset(
    (
        "azerty azertyuiop qwerty qwertz qwertyuiop qsdfgh qsdfghjklm wxcvbn asdfgh asdfghjkl zxcvbn zxcvbnm "
        "motdepasse mot de passe mdp password pass passe passwd passw secret code codesecret changeme changezmoi "
        "changermoi achanger provisoire temporaire initial nouveau defaut default login identifiant compte test essai "
        "bonjour bonsoir salut coucou bienvenue welcome hello merci soleil lune etoile amour jetaime cheri cherie "
        "doudou loulou chouchou chocolat nutella princesse licorne dragon tigre lapin chaton chien pokemon minecraft "
        "fortnite football foot basket rugby marseille paris lyon france psg olympique maman papa famille bebe "
        "college lycee ecole elementaire primaire maternelle classe eleve eleves prof profs professeur enseignant "
        "enseignante maitre maitresse directeur directrice principal principale proviseur administrateur admin "
        "administration secretariat secretaire etablissement education nationale ent pronote edulib manuel manuels "
        "numerique rentree vacances janvier fevrier mars avril mai juin juillet aout septembre octobre novembre "
        "decembre printemps ete automne hiver lundi mardi mercredi jeudi vendredi samedi dimanche noel annee "
        "toto titi tata tutu foobar letmein iloveyou superman batman starwars monkey master root user invite guest"
    ).split()
)
ROWS = ("abcdefghijklmnopqrstuvwxyz", "azertyuiopqsdfghjklmwxcvbn", "qwertyuiopasdfghjklzxcvbnm", "01234567890")
LEET = str.maketrans({"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s"})
EDGES = re.compile(r"^[^a-z]+|[^a-z]+$")
# Everybody in a school knows its name and its code; shorter words are part of many others.
SHORTEST_WORD, SHORTEST_CODE = 3, 5
MESSAGE = (
    "Ce mot de passe est trop facile à deviner : il ressemble à un mot que tout le monde essaie, à votre nom ou à "
    "celui de votre établissement. Prenez plutôt plusieurs mots sans rapport entre eux."
)


def cores(password: str) -> set[str]:
    """Return the letters of `password`: once without its digits and signs, once with those that stand for a letter."""
    folded = "".join(fold(word) for word in re.split(r"\s+", password))
    middle = EDGES.sub("", folded)
    # A sign at the beginning or the end may stand for a letter too: `@zerty1!`, `P@$$`.
    whole = re.sub(r"[\d!?.,;:#*%&+=()_\-]+$", "", folded)
    return {
        re.sub(r"[^a-z]", "", reading.translate(LEET | {ord(sign): letter for sign in "1!|"}))
        for reading in (middle, whole)
        for letter in "il"
    } | {re.sub(r"[^a-z]", "", folded)}


@cache
def common() -> set[str]:
    """Return the letters of each password of Django's list."""
    letters = (re.sub(r"[^a-z]", "", word) for word in CommonPasswordValidator().passwords)
    return {core for core in letters if len(core) > 3}


def words_of(*texts: str) -> set[str]:
    """Return the folded words of names, codes and addresses."""
    return {word for text in texts for word in re.split(r"[^a-z]+", fold(text or "")) if len(word) >= SHORTEST_WORD}


def schools_of(user: "User | None") -> Iterable[School]:
    """Return the school of `user`, and those that they administer."""
    if user is None or user.pk is None:
        return []
    return School.objects.filter(Q(people=user.pk) | Q(memberships__user=user.pk)).distinct()


def own_words(user: "User | None", schools: Iterable[School]) -> set[str]:
    """Return the words that anyone who knows `user` and their schools would try."""
    if user is None:
        return set()
    of_schools = words_of(*chain.from_iterable((school.name, school.city) for school in schools))
    return of_schools | words_of(user.last_name, user.first_name, user.username, user.email.partition("@")[0])


def holds_code(password: str, schools: Iterable[School]) -> bool:
    """Tell whether the code of a school (its UAI) stands in `password`."""
    plain = re.sub(r"[^a-z0-9]", "", fold(password))
    codes = (re.sub(r"[^a-z0-9]", "", fold(school.code)) for school in schools)
    return any(len(code) >= SHORTEST_CODE and code in plain for code in codes)


def is_made_of(core: str, words: set[str]) -> bool:
    """Tell whether `core` is some of `words`, one after the other."""
    reached = {0}
    for end in range(1, len(core) + 1):
        if any(start in reached and core[start:end] in words for start in range(max(0, end - 40), end)):
            reached.add(end)
    return len(core) in reached


def is_a_row(text: str) -> bool:
    """Tell whether `text` runs along the alphabet, the keyboard or the numbers, or repeats one or two characters."""
    rows = chain.from_iterable((row, row[::-1]) for row in ROWS)
    return len(text) > 3 and (len(set(text)) <= 2 or any(text in row for row in rows))


def is_guessable(password: str, user: "User | None" = None) -> bool:
    schools = list(schools_of(user))
    words = WORDS | own_words(user, schools)
    read = cores(password)
    if any(is_a_row(core) or core in common() or is_made_of(core, words) for core in read if core):
        return True
    # With hardly a letter, only the digits have to be guessed.
    numbers = re.sub(r"\D", "", password)
    return (len(re.findall(r"[^\W\d_]", password)) < 4 and is_a_row(numbers)) or holds_code(password, schools)


class GuessablePasswordValidator:
    def validate(self, password: str, user: "User | None" = None) -> None:
        if is_guessable(password, user):
            raise ValidationError(MESSAGE, code="guessable_password")

    def get_help_text(self) -> str:
        return "Le mot de passe n'est ni un mot courant, ni votre nom, ni celui de votre établissement."
