"""Is the file the list that it is taken for? What only the school knows: codes of classes, names of people."""

from collections.abc import Sequence

from accounts.models import User
from imports.columns import STUDENT, TEACHER, other_list
from imports.steps.codes import Codes
from imports.steps.person import Person
from imports.tables.guard import Sheet
from imports.tables.problems import Refused, file_problem
from schools.models import School, code_key

OTHER = {STUDENT: TEACHER, TEACHER: STUDENT}
LEAST_NAMES = 2  # One teacher may bear the name of a pupil.
LEAST_ROWS, ROWS_PER_CLASS = 6, 3  # A class has one head teacher, or two.


def refuse_other_kind(school: School, kind: str, sheet: Sheet, people: Sequence[Person], classes: Codes) -> None:
    """Raise Refused for a list of pupils that is imported as one of teachers, or the contrary."""
    reason = _names(school, kind, people) or (_codes(sheet, classes) if kind == TEACHER else "")
    if reason:
        advice = "Si ce n'est pas le cas, ajoutez ces personnes une à une, par « Ajouter »."
        raise Refused(file_problem("wrong_format", f"{other_list(kind, reason)} {advice}"))


def _names(school: School, kind: str, people: Sequence[Person]) -> str:
    """Return why the names are those of the other kind: half of them are, and of nobody of this kind."""
    accounts = User.objects.filter(school=school)
    keys = accounts.filter(kind=OTHER[kind]).values_list("name_key", flat=True)
    others = set(keys).intersection(person.name_key for person in people)
    if len(others) < LEAST_NAMES:
        return ""
    others -= set(accounts.filter(kind=kind, name_key__in=others).values_list("name_key", flat=True))
    count = sum(person.name_key in others for person in people)
    if len(others) < LEAST_NAMES or 2 * count < len(people):
        return ""
    of_others = {STUDENT: "d'élèves", TEACHER: "d'enseignants"}[OTHER[kind]]
    return f"{count} de ses {len(people)} personnes portent le nom {of_others} de l'établissement"


def _codes(sheet: Sheet, classes: Codes) -> str:
    """Return why the ignored column of classes is that of a list of pupils: many of them in each class."""
    known = {code: count for code, count in sheet.foreign.items() if code_key(code) in classes.known}
    rows = sum(known.values())
    if rows < LEAST_ROWS or 2 * rows < len(sheet.rows) or rows < ROWS_PER_CLASS * len(known):
        return ""
    return f"{rows} de ses lignes portent le code d'une classe"
