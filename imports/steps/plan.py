"""Step 4: who is created, who is updated, who stays as they are. Reads the database, writes nothing."""

from dataclasses import dataclass, field

from accounts.models import User
from imports.steps.beside import look_beside
from imports.steps.changes import Change, changes, guarded_from
from imports.steps.duplicates import match_unchanged_namesakes, refuse_duplicates
from imports.steps.matching import Matcher
from imports.steps.notes import Notes
from imports.steps.person import Person
from imports.steps.roster import Account, Roster
from imports.steps.warnings import (
    warn_of_groups_left,
    warn_of_ignored,
    warn_of_kept_passwords,
    warn_of_namesakes_left_out,
    warn_of_shared_passwords,
)
from imports.tables.problems import WARNING, Problem
from schools.models import School


@dataclass
class Plan:
    """`match`: {row number: Account}; `problems`: in the order of the rows."""

    created: list[Person] = field(default_factory=list)
    updated: list[Change] = field(default_factory=list)
    unchanged: int = 0
    match: dict[int, Account] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many accounts it creates, updates and leaves, by name."""
        return {"created": len(self.created), "updated": len(self.updated), "unchanged": self.unchanged}

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity != WARNING]


def make_plan(school: School, kind: str, people: list[Person], *, uploader: User | None = None) -> Plan:
    """Return the Plan for `people` in `school`.

    `uploader`: the administrator in whose name it is made; None (command line) has no rights over those of others.
    """
    notes = Notes()
    matcher = Matcher(Roster(school, kind, people), people, notes)
    matcher.match_by_login()
    matcher.refuse_addresses_of_others()
    refuse_duplicates(matcher, told_apart=match_unchanged_namesakes(matcher))
    matcher.judge_file()
    matcher.match_by_name()
    look_beside(matcher, matcher.open_rows())
    plan = Plan(created=matcher.open_rows(), match=matcher.match)
    matched = [(person, plan.match[person.row]) for person in people if person.row in plan.match]
    guarded = guarded_from(uploader, matched)
    for change in changes(school, kind, people, matched, guarded):
        if change.values:
            plan.updated.append(change)
        else:
            plan.unchanged += 1
    warn_of_ignored(matched, kind, guarded, notes)
    warn_of_groups_left(school, kind, plan.updated, notes)
    warn_of_namesakes_left_out(matcher, matched)
    warn_of_kept_passwords(matched, notes)
    warn_of_shared_passwords(plan.created, notes)
    plan.problems = sorted(notes.problems, key=lambda problem: problem.row or 0)
    return plan
