"""What becomes of seats when people change, or rules do: a table of cases, each played with real rows.

Licences: A and B are two orders of one book for the pupils of one year, X an order of it that has expired, Y one for
next year, T one for the teachers; O is another book. Each has two seats, unless the case says otherwise.
Rules: `A.class` follows the class 6A, `A.level` the level 6e, `A.group` the group LATIN, `A.all` everybody.
People: the pupils Ada, Ben and Cyd, in this order in lists, all of the class 6A at first.
What somebody has: `ada A hand` is a seat given by hand, `ada A A.class` one that a rule gave, `ada B A.class` a seat of
B that a rule of A gave; `ada A waits A.class` is a place in the queue, `ada A withheld` a seat not to be given again.
"""

from typing import NamedTuple

import pytest

from accounts.models import User
from licences.models import Assignment, Licence, Rule, Textbook, Waiting, Withheld
from licences.rules import add_rule, release, remove_rule, sync
from schools.models import SchoolClass

ORDERS = {
    "A": {},
    "B": {},
    "X": {"days_ago": 300, "days_left": -1},
    "Y": {"days_ago": -200, "days_left": 500},
    "T": {"audience": "teacher"},
    "O": {"textbook": "other"},
}
PEOPLE = ("ada", "ben", "cyd")


class Case(NamedTuple):
    """`rules`, `before`, `after`: as above. `now`: what changed of whom. `act`: what is done for those in `now`."""

    rules: str
    before: str
    now: str
    after: str
    act: str = "sync"
    seats: str = ""


# fmt: off
ENTERING = {
    "who enters a class gets its seat": Case("A.class", "", "ada 6A", "ada A A.class"),
    "who enters a level gets its seat": Case("A.level", "", "ada 6B", "ada A A.level"),
    "who enters a group gets its seat": Case("A.group", "", "ada 6A latin", "ada A A.group"),
    "who enters the school gets the seat of everybody": Case("A.all", "", "ada 5A", "ada A A.all"),
    "who enters what no rule follows gets nothing": Case("A.class A.group", "", "ada 6B", ""),
    "a licence without rules gives nothing": Case("", "", "ada 6A", ""),
    "the oldest of the rules gives": Case("A.all A.class", "", "ada 6A", "ada A A.all"),
    "each book that follows is given": Case("A.class O.all", "", "ada 6A", "ada A A.class; ada O O.all"),
    "two orders that follow give two seats": Case("A.class B.class", "", "ada 6A", "ada A A.class; ada B B.class"),
    "several enter in list order": Case("A.class", "", "cyd 6A; ada 6A; ben 6A",
                                        "ada A A.class; ben A A.class; cyd A waits A.class"),
    "a licence of next year is given already": Case("Y.class", "", "ada 6A", "ada Y Y.class"),
    "an expired licence gives nothing more": Case("X.class", "", "ada 6A", ""),
    "a deactivated account gets nothing": Case("A.class", "", "ada inactive", ""),
    "a deactivated account does not wait": Case("A.class", "ben A hand", "ada inactive", "ben A hand", seats="A1"),
    "a teacher gets no seat of pupils": Case("A.all", "", "ada teacher", ""),
    "a teacher gets the seat of teachers": Case("A.all T.all", "", "ada teacher", "ada T T.all"),
    "a pupil gets no seat of teachers": Case("T.all", "", "ada 6A", ""),
    "a seat given by hand stays so": Case("A.class", "ada A hand", "ada 6A", "ada A hand"),
    "a seat taken back by hand is not given again": Case("A.class", "ada A withheld", "ada 6A", "ada A withheld"),
    "what is withheld of one book is given of the other": Case("A.class O.class", "ada A withheld", "ada 6A",
                                                               "ada A withheld; ada O O.class"),
}
SHORT = {
    "who finds no seat left waits": Case("A.class", "ben A hand", "ada 6A", "ben A hand; ada A waits A.class",
                                         seats="A1"),
    "nobody overtakes in the queue": Case("A.class", "cyd A waits A.class", "ada 6A",
                                          "cyd A A.class; ada A waits A.class", seats="A1"),
    "the queue is longer than the seats": Case("A.class", "cyd A waits A.class; ben A waits A.class", "ada 6A",
                                               "cyd A A.class; ben A waits A.class; ada A waits A.class", seats="A1"),
    "another order of the book has a seat": Case("A.class", "ben A hand", "ada 6A", "ben A hand; ada B A.class",
                                                 seats="A1 B1"),
    "its own seat comes before that of another order": Case("A.class", "", "ada 6A", "ada A A.class", seats="A1 B1"),
    "the other order is full too": Case("A.class", "ben A hand; ben B hand", "ada 6A",
                                        "ben A hand; ben B hand; ada A waits A.class", seats="A1 B1"),
    "the other order serves whom it follows first": Case(
        "A.class B.group", "ben A hand", "ada 6A latin", "ben A hand; ada B B.group; ada A waits A.class",
        seats="A1 B1"),
    "who has the other order by hand waits for this one": Case(
        "A.class", "ben A hand; ada B hand", "ada 6A", "ben A hand; ada B hand; ada A waits A.class", seats="A1 B2"),
    "next year's order does not serve this year": Case("A.class", "ben A hand", "ada 6A",
                                                       "ben A hand; ada A waits A.class", seats="A1 Y1"),
    "an expired order serves nobody": Case("A.class", "ben A hand", "ada 6A", "ben A hand; ada A waits A.class",
                                           seats="A1 X1"),
    "the teachers' order serves no pupil": Case("A.class", "ben A hand", "ada 6A", "ben A hand; ada A waits A.class",
                                                seats="A1 T1"),
    "another book serves nobody": Case("A.class", "ben A hand", "ada 6A", "ben A hand; ada A waits A.class",
                                       seats="A1 O1"),
}
STAYING = {
    "a seat stays": Case("A.class", "ada A A.class", "ada 6A", "ada A A.class"),
    "a seat of another order stays": Case("A.class", "ada B A.class", "ada 6A", "ada B A.class"),
    "one seat is enough when both orders follow": Case("A.class B.class", "ada B A.class", "ada 6A", "ada B A.class"),
    "a seat goes under the oldest rule that serves": Case("A.group A.class", "ada A A.class", "ada 6A latin",
                                                          "ada A A.group"),
    "who waits goes on waiting": Case("A.class", "ben A hand; ada A waits A.class", "ada 6A",
                                      "ben A hand; ada A waits A.class", seats="A1"),
    "who waits gets the seat that came free": Case("A.class", "ada A waits A.class", "ada 6A", "ada A A.class"),
    "its own order serves who waits before another does": Case("A.class", "ada A waits A.class", "ada 6A",
                                                               "ada A A.class", seats="A1 B1"),
    "nobody is served of an expired licence": Case("X.class", "ada X waits X.class", "ada 6A", "ada X waits X.class"),
    "the seat of an expired licence stays": Case("X.class", "ada X X.class", "ada 6A", "ada X X.class"),
    "others are left alone": Case("A.class A.all", "ben A A.all", "ada 6A", "ben A A.all; ada A A.class"),
}
LEAVING = {
    "who leaves the class gives its seat back": Case("A.class", "ada A A.class", "ada 6B", ""),
    "who leaves the level gives its seat back": Case("A.level", "ada A A.level", "ada 5A", ""),
    "who leaves the group gives its seat back": Case("A.group", "ada A A.group", "ada 6A", ""),
    "who changes class keeps the seat of the level": Case("A.level", "ada A A.level", "ada 6B", "ada A A.level"),
    "who leaves keeps what was given by hand": Case("A.class", "ada A hand", "ada 6B", "ada A hand"),
    "another rule keeps the seat": Case("A.class A.level", "ada A A.class", "ada 6B", "ada A A.level"),
    "the first who waits gets the seat": Case(
        "A.class", "ada A A.class; cyd A waits A.class; ben A waits A.class", "ada 6B",
        "cyd A A.class; ben A waits A.class", seats="A1"),
    "a seat of another order goes back": Case("A.class", "ada B A.class", "ada 6B", ""),
    "a seat of another order serves the queue": Case(
        "A.class", "ben A hand; ada B A.class; cyd A waits A.class", "ada 6B", "ben A hand; cyd B A.class",
        seats="A1 B1"),
    "another rule of the order that gave keeps the seat": Case("A.class A.all", "ada B A.class", "ada 6B",
                                                               "ada B A.all"),
    "a rule of the seat's own order keeps it": Case("A.class B.group", "ada B A.class", "ada 6B latin",
                                                    "ada B B.group"),
    "the seat of an expired licence goes back": Case("X.class", "ada X X.class", "ada 6B", ""),
    "who leaves waits no more": Case("A.class", "ben A hand; ada A waits A.class", "ada 6B", "ben A hand", seats="A1"),
    "another rule keeps the place in the queue": Case(
        "A.class A.level", "ben A hand; ada A waits A.class", "ada 6B", "ben A hand; ada A waits A.level", seats="A1"),
    "who leaves may be given a seat again": Case("A.class", "ada A withheld", "ada 6B", ""),
    "what another rule would give is still withheld": Case("A.class A.level", "ada A withheld", "ada 6B",
                                                           "ada A withheld"),
    "a deactivated account gives everything back": Case(
        "A.class", "ada A A.class; ada O hand; ada B withheld", "ada inactive", ""),
    "a deactivated account leaves the queue": Case("A.class", "ben A hand; ada A waits A.class", "ada inactive",
                                                   "ben A hand", seats="A1"),
    "a pupil who becomes a teacher gives everything back": Case("A.all T.all", "ada A A.all; ada O hand",
                                                                "ada teacher", "ada T T.all"),
    "one comes as another goes": Case("A.class", "ada A A.class", "ada 6B; ben 6A", "ben A A.class", seats="A1"),
}
DELETING = {
    "a deleted person frees the seats": Case("A.class", "ada A A.class; ada O hand", "ada", "", act="release"),
    "a deleted person leaves the queue": Case("A.class", "ben A hand; ada A waits A.class", "ada", "ben A hand",
                                              act="release", seats="A1"),
    "nothing is withheld from a deleted person": Case("A.class", "ada A withheld", "ada", "", act="release"),
    "the seat of a deleted person serves the queue": Case(
        "A.class", "ada A A.class; ben A waits A.class", "ada", "ben A A.class", act="release", seats="A1"),
}
REMOVING_A_RULE = {
    "its seats are taken back": Case("A.class", "ada A A.class", "", "", act="take back A.class"),
    "its seats are kept, as given by hand": Case("A.class", "ada A A.class", "", "ada A hand", act="keep A.class"),
    "seats of another order are taken back": Case("A.class", "ada B A.class", "", "", act="take back A.class"),
    "seats of another order are kept": Case("A.class", "ada B A.class", "", "ada B hand", act="keep A.class"),
    "seats given by hand stay": Case("A.class", "ada A hand", "", "ada A hand", act="take back A.class"),
    "another rule keeps them": Case("A.class A.all", "ada A A.class", "", "ada A A.all", act="take back A.class"),
    "kept seats go under another rule": Case("A.class A.all", "ada A A.class", "", "ada A A.all", act="keep A.class"),
    "nobody waits for it": Case("A.class", "ben A hand; ada A waits A.class", "", "ben A hand", act="keep A.class",
                                seats="A1"),
    "who waits goes on under another rule": Case(
        "A.class A.all", "ben A hand; ada A waits A.class", "", "ben A hand; ada A waits A.all", act="keep A.class",
        seats="A1"),
    "its seats serve who waits for another rule": Case(
        "A.group A.class", "ada A A.group; ben A waits A.class", "ada 6B latin", "ben A A.class",
        act="take back A.group", seats="A1"),
    "nothing is withheld any more": Case("A.class", "ada A withheld", "", "", act="take back A.class"),
    "what another rule would give stays withheld": Case("A.class A.all", "ada A withheld", "", "ada A withheld",
                                                        act="take back A.class"),
}
ADDING_A_RULE = {
    "it serves who is there, in list order": Case("", "", "", "ada A A.class; ben A A.class; cyd A waits A.class",
                                                  act="add A.class"),
    "who has a seat by hand keeps it so": Case("", "cyd A hand", "", "cyd A hand; ada A A.class; ben A waits A.class",
                                               act="add A.class"),
    "seats of other orders serve too": Case("", "", "", "ada A A.class; ben A A.class; cyd B A.class",
                                            act="add A.class", seats="A2 B1"),
    "an older rule keeps what it gave": Case("A.all", "ada A A.all; ben A A.all; cyd A waits A.all", "",
                                             "ada A A.all; ben A A.all; cyd A waits A.all", act="add A.class"),
    "nobody of elsewhere is served": Case("", "", "ada 6B; ben 5A; cyd inactive", "", act="add A.class"),
}
# fmt: on
CASES = ENTERING | SHORT | STAYING | LEAVING | DELETING | REMOVING_A_RULE | ADDING_A_RULE


class Board:
    """The rows of one case."""

    def __init__(self, case, make_licence, school, people):
        self.school, self.people = school, people
        self.classes = {code: SchoolClass.objects.get_or_create(
            school=school, code=code, defaults={"level": f"{code[0]}e"})[0] for code in ("6A", "6B", "5A")}  # fmt: skip
        self.latin = school.group_set.create(code="LATIN", name="Latin")
        seats = {text[0]: int(text[1:]) for text in case.seats.split()}
        words = f"{case.rules} {case.before} {case.after} {case.act}".replace(";", " ").split()
        self.licences = {}
        for letter in sorted(ORDERS.keys() & {*seats, *(word.split(".")[0] for word in words)}):
            fields = dict(ORDERS[letter])
            if fields.pop("textbook", None):
                fields["textbook"] = Textbook.objects.create(isbn="9782011000026", title="Français 6e")
            self.licences[letter] = make_licence(seats.get(letter, 2), **fields)
        self.letters = {licence.pk: letter for letter, licence in self.licences.items()}
        self.rules = {}
        for name in case.rules.split():
            letter, what = name.split(".")
            self.rules[name] = Rule.objects.create(licence=self.licences[letter], **self.followed(what))

    def followed(self, what):
        return {
            "class": {"school_class": self.classes["6A"]},
            "level": {"level": "6e"},
            "group": {"group": self.latin},
            "all": {},
        }[what]

    def put(self, facts):
        for name, letter, *what in (fact.split() for fact in facts.split("; ") if fact):
            entry = {"user": self.people[name], "licence": self.licences[letter]}
            match what:
                case ["withheld"]:
                    Withheld.objects.create(**entry)
                case ["waits", rule]:
                    Waiting.objects.create(**entry, rule=self.rules[rule])
                case ["hand"]:
                    Assignment.objects.create(**entry)
                case [rule]:
                    Assignment.objects.create(**entry, rule=self.rules[rule])

    def change(self, now):
        """Change the people as `now` says, and return their numbers."""
        changed = []
        for name, *what in (text.split() for text in now.split("; ") if text):
            account = User.objects.filter(pk=self.people[name].pk)
            for word in what:
                if word == "latin":
                    self.latin.people.add(self.people[name])
                elif word == "inactive":
                    account.update(is_active=False)
                elif word == "teacher":
                    account.update(kind="teacher", school_class=None)
                else:
                    account.update(school_class=self.classes[word])
            changed.append(self.people[name].pk)
        return changed

    def act(self, act, pks):
        *words, last = act.split()
        if act == "sync":
            sync(self.school, pks)
        elif act == "release":
            release(self.school, pks)
        elif words == ["add"]:
            letter, what = last.split(".")
            add_rule(self.licences[letter], **self.followed(what))
        else:
            remove_rule(Rule.objects.get(pk=self.rules[last].pk), take_back=words == ["take", "back"])

    @staticmethod
    def seats():
        return {(licence, user): pk for licence, user, pk in Assignment.objects.values_list("licence", "user", "pk")}

    def facts(self):
        """Return what everybody has, and the queues in their order."""
        names = {person.pk: name for name, person in self.people.items()}
        rules = {rule.pk: f"{self.letters[rule.licence_id]}.{self.kind_of(rule)}" for rule in Rule.objects.all()}

        def read(model):
            for entry in model.objects.order_by("pk"):
                yield entry, f"{names[entry.user_id]} {self.letters[entry.licence_id]}"

        seats = {f"{who} {rules.get(entry.rule_id, 'hand')}" for entry, who in read(Assignment)}
        queue = [f"{who} waits {rules[entry.rule_id]}" for entry, who in read(Waiting)]
        return seats | {f"{who} withheld" for _, who in read(Withheld)}, queue

    @staticmethod
    def kind_of(rule):
        return "class" if rule.school_class_id else "group" if rule.group_id else "level" if rule.level else "all"


def expected(facts):
    facts = [fact for fact in facts.split("; ") if fact]
    return {fact for fact in facts if " waits " not in fact}, [fact for fact in facts if " waits " in fact]


@pytest.mark.parametrize("name", CASES)
def test_case(name, make_licence, school, make_pupils, class_6a):
    case = CASES[name]
    # Their numbers are not in the order of their names.
    board = Board(case, make_licence, school, {name: make_pupils(1, prefix=name)[0] for name in reversed(PEOPLE)})
    board.put(case.before)
    before = board.seats()
    changed = board.change(case.now)
    board.act(case.act, changed)
    assert board.facts() == expected(case.after)
    # Whoever keeps a seat keeps the row, with the openings that it counts.
    assert all(pk == before.get(seat, pk) for seat, pk in board.seats().items())
    for licence in Licence.objects.all():
        assert licence.assigned == licence.assignments.count()
    if case.act == "sync":
        sync(school, changed)
        assert board.facts() == expected(case.after)


def test_every_case_is_played():
    assert len(CASES) == sum(map(len, (ENTERING, SHORT, STAYING, LEAVING, DELETING, REMOVING_A_RULE, ADDING_A_RULE)))
