"""A school year in simulation: schools of 600 pupils, the lists that they would import, and the truth about each row.

school = SimulatedSchool(seed)     # drawn, then written into the database with `save()`
school.next_year(chance)           # [Line]; `Line.person` is the number of the pupil whom the row truly means
judge(school, lines)               # what the real planner made of them, against the truth
"""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from accounts.models import User
from accounts.names import fold, name_key, username_stem
from imports.pipeline import check
from imports.steps.person import Person
from imports.steps.plan import make_plan
from imports.tables.guard import Row, Sheet
from imports.tables.problems import ERROR
from imports.tests.french_names import family_name, first_name
from schools.models import School, SchoolClass

LEVELS = ("6e", "5e", "4e", "3e")
CLASSES = "ABCDEF"
PUPILS = 600
ARRIVALS = (150, 8, 7, 5)  # 170 newcomers, by level.
REPEAT = LEAVE = 0.03
SIBLINGS = 0.2


@dataclass
class Line:
    """A row of a list. `person`: whom it means. `mistyped`: how its name was spoilt, or nothing."""

    person: int
    last_name: str
    first_name: str
    code: str
    username: str = ""
    mistyped: str = ""


@dataclass
class Verdict:
    """What a plan did to the rows of a list, counted against the truth."""

    rows: int = 0
    known: int = 0
    merged: list = field(default_factory=list)  # lines tied to another person's account
    doubled: list = field(default_factory=list)  # lines of a known pupil who would be created again
    asked: list = field(default_factory=list)  # lines with an error
    needless: list = field(default_factory=list)  # of these, rightly typed ones of people without a namesake
    whole_file: list = field(default_factory=list)  # sentences about the file as a whole

    def add(self, other):
        self.rows += other.rows
        self.known += other.known
        for name in ("merged", "doubled", "asked", "needless", "whole_file"):
            getattr(self, name).extend(getattr(other, name))

    @property
    def sentence(self):
        return (
            f"{len(self.merged)} confondu, {len(self.doubled)} en double, {len(self.asked)} demandés "
            f"({sum(bool(line.mistyped) for line in self.asked)} mal tapés, {len(self.needless)} sans homonyme) "
            f"sur {self.rows} lignes, dont {self.known} d'élèves connus"
        )


class SimulatedSchool:
    def __init__(self, seed):
        self.seed = seed
        self.chance = random.Random(seed)
        self.number = 0
        self.families = []
        self.names = Counter()  # how many people bear a name, those who arrive too
        self.pupils = [
            self.newcomer(f"{level[0]}{CLASSES[place % len(CLASSES)]}")
            for level in LEVELS
            for place in range(PUPILS // len(LEVELS))
        ]
        self.known = {pupil.person for pupil in self.pupils}

    def newcomer(self, code):
        """Return the line of somebody new; one in five is a sister or brother of somebody who is there."""
        self.number += 1
        sibling = self.families and self.chance.random() < SIBLINGS
        last_name = self.chance.choice(self.families) if sibling else family_name(self.chance)
        self.families.append(last_name)
        line = Line(self.number, last_name, first_name(self.chance), code)
        self.names[name_key(line.last_name, line.first_name)] += 1
        return line

    def save(self):
        """Write the school, its classes and its accounts."""
        self.school = School.objects.create(code=f"SIM{self.seed}", name=f"Collège simulé {self.seed}")
        classes = SchoolClass.objects.bulk_create(
            SchoolClass(
                school=self.school, code=f"{level[0]}{letter}", code_key=f"{level[0]}{letter}".lower(), level=level
            )
            for level in LEVELS
            for letter in CLASSES
        )
        by_code = {each.code: each for each in classes}
        users = []
        for pupil in self.pupils:
            # Unique on the platform, where all these schools stand together.
            pupil.username = f"{username_stem(pupil.last_name, pupil.first_name)}.{self.seed}.{pupil.person}"
            users.append(
                User(
                    school=self.school,
                    kind="student",
                    last_name=pupil.last_name,
                    first_name=pupil.first_name,
                    name_key=name_key(pupil.last_name, pupil.first_name),
                    username=pupil.username,
                    school_class=by_code[pupil.code],
                    password="!",
                )
            )
        self.person_of = {
            user.pk: pupil.person
            for user, pupil in zip(User.objects.bulk_create(users, batch_size=500), self.pupils, strict=True)
        }

    def shuffled(self, lines):
        return self.chance.sample(lines, len(lines))

    def without_logins(self, lines):
        return [replace(line, username="") for line in lines]

    def next_year(self):
        """Everybody one level up, into any class of it; some repeat, some leave, others arrive."""
        lines = []
        for pupil in self.pupils:
            fate, level = self.chance.random(), LEVELS.index(f"{pupil.code[0]}e")
            if fate >= REPEAT:
                level += 1
            if (fate < REPEAT + LEAVE and fate >= REPEAT) or level == len(LEVELS):
                continue
            lines.append(replace(pupil, code=LEVELS[level][0] + self.chance.choice(CLASSES), username=""))
        for level, count in zip(LEVELS, ARRIVALS, strict=True):
            lines += [self.newcomer(level[0] + self.chance.choice(CLASSES)) for _ in range(count)]
        return self.shuffled(lines)

    def monthly(self):
        """The same people: six changed class, three left, three arrived."""
        lines = self.shuffled(list(self.pupils))[3:]
        moved = [self.elsewhere(line) for line in lines[:6]]
        arrived = [self.newcomer(line.code) for line in lines[:3]]
        return self.shuffled([*moved, *lines[6:], *arrived])

    def changes_alone(self):
        """Only those who changed class since."""
        return self.without_logins([self.elsewhere(line) for line in self.shuffled(list(self.pupils))[:24]])

    def elsewhere(self, line):
        """Return the line of a pupil who went to another class of the same level."""
        others = [letter for letter in CLASSES if letter != line.code[1]]
        return replace(line, code=line.code[0] + self.chance.choice(others))

    def mistyped(self, lines, share=0.01):
        """Return the lines, `share` of them with a name as people mistype them."""
        return [mistype(line, self.chance) if self.chance.random() < share else line for line in lines]


# How names are spoilt: (how often, what, how). Each returns the name, or the same one where it cannot.


def letter_of(name, chance):
    return chance.choice([place for place, letter in enumerate(name) if letter.isalpha()])


def other_letter(line, chance):
    def spoil(name):
        place, letter = letter_of(name, chance), chance.choice("abcdefghijlmnoprstuvxyz")
        return chance.choice(
            [
                name[:place] + letter + name[place + 1 :],
                name[:place] + name[place + 1 :],
                name[:place] + name[place] + name[place:],
                name[:place] + letter + name[place:],
            ]
        )

    return in_one_part(line, chance, spoil)


def two_letters_exchanged(line, chance):
    def spoil(name):
        place = chance.randrange(len(name) - 1)
        return name[:place] + name[place + 1].lower() + name[place].lower() + name[place + 2 :]

    return in_one_part(line, chance, spoil)


def in_one_part(line, chance, spoil):
    """Spoil the family name or the first name, in proportion to their letters."""
    if chance.randrange(len(line.last_name) + len(line.first_name)) < len(line.last_name):
        return replace(line, last_name=spoil(line.last_name))
    return replace(line, first_name=spoil(line.first_name))


def without_accents(line, chance):
    return replace(line, last_name=fold(line.last_name).upper(), first_name=fold(line.first_name).title())


def without_spaces(line, chance):
    return replace(line, last_name=line.last_name.replace(" ", "").replace("-", "").replace("'", ""))


def shorter(line, chance):
    """A particle forgotten, one of two family names, one of two first names."""
    last_name = line.last_name.replace("-", " ").split(" ")
    first_name = line.first_name.split("-")
    return replace(line, last_name=last_name[-1], first_name=first_name[0])


def exchanged(line, chance):
    return replace(line, last_name=line.first_name, first_name=line.last_name)


TYPOS = [
    (60, "lettre", other_letter),
    (10, "deux lettres échangées", two_letters_exchanged),
    (10, "accents", without_accents),
    (8, "espaces", without_spaces),
    (8, "mot absent", shorter),
    (4, "nom et prénom échangés", exchanged),
]


def mistype(line, chance):
    while True:
        ((_, what, spoil),) = chance.choices(TYPOS, weights=[weight for weight, _, _ in TYPOS])
        spoilt = spoil(line, chance)
        usable = fold(spoilt.last_name) and fold(spoilt.first_name)
        if usable and (spoilt.last_name, spoilt.first_name) != (line.last_name, line.first_name):
            return replace(spoilt, mistyped=what)


def plan_of(school, lines):
    """Return the real plan of `lines`; row 2 is the first of them."""
    fields = {"email": "", "password": "", "groups": ""}
    rows = [
        Row(
            number,
            {
                **fields,
                "last_name": line.last_name,
                "first_name": line.first_name,
                "username": line.username,
                "school_class": line.code,
            },
        )
        for number, line in enumerate(lines, start=2)
    ]
    people, problems = check(SimpleNamespace(school=school, kind="student"), Sheet(rows, [], set(rows[0].values)))
    assert not problems, problems[:3]
    assert all(isinstance(person, Person) for person in people)
    return make_plan(school, "student", people)


def judge(school, lines):
    """Return the Verdict on what the real planner makes of `lines` in a SimulatedSchool that is saved."""
    plan = plan_of(school.school, lines)
    asked = {problem.row for problem in plan.problems if problem.severity == ERROR}
    verdict = Verdict(rows=len(lines), known=sum(line.person in school.known for line in lines))
    verdict.whole_file = [problem.message for problem in plan.errors if problem.row is None]
    for row, line in enumerate(lines, start=2):
        account = plan.match.get(row)
        if row in asked:
            verdict.asked.append(line)
            if not line.mistyped and school.names[name_key(line.last_name, line.first_name)] == 1:
                verdict.needless.append(line)
        elif account is None:
            if line.person in school.known:
                verdict.doubled.append(line)
        elif school.person_of[account.pk] != line.person:
            verdict.merged.append(line)
    return verdict
