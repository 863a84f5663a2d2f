"""Step 3: is each row right by itself? Knows the school's codes, touches no database."""

import difflib
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import Kind, username_validator
from accounts.names import is_a_name, name_key
from accounts.passwords import RULE, is_strong
from imports.columns import columns_for, heading_key
from imports.masking import MASK
from imports.tables.problems import Problem
from schools.models import code_key

# A file of nothing but unknown codes must not cost minutes of comparisons, nor millions of problems.
MAX_HINTS = 200
MAX_CODES_PER_CELL = 10


@dataclass(slots=True)
class Person:
    """What a right row says. `school_class` and `groups`: primary keys; `groups` is None where the cell is empty."""

    row: int
    last_name: str
    first_name: str
    name_key: str
    username: str
    email: str
    password: str
    school_class: int | None
    groups: frozenset | None


class RowChecker:
    """Checks the rows of one file against the codes of one school.

    `classes`, `groups`: {code key: primary key}. `problems` gathers what is wrong, in the order of the rows.
    """

    def __init__(self, kind, *, classes, groups):
        self.kind = kind
        self.columns = [column for column in columns_for(kind) if column.read]
        self.heading = {column.field: column.heading for column in self.columns}
        self.classes = classes
        self.groups = groups
        self.advice = {}  # One sentence per unknown code, however many rows bear it.
        self.problems = []

    def check(self, row):
        """Add what is wrong to `problems`; return the Person that `row` (guard.Row) describes.

        A row with a wrong cell still returns its person, so that the plan can tell everything else about the file
        at once; only one without a name returns None.
        """
        values = row.values
        if heading_key(values["last_name"]) == "nom" and heading_key(values["first_name"]) == "prenom":
            self.report(row, "last_name", "invalid_value", "Cette ligne répète les en-têtes : supprimez-la.")
            return None
        for column in self.columns:
            value = values.get(column.field, "")
            if column.required and not value:
                self.report(
                    row,
                    column.field,
                    "missing_value",
                    f"« {column.heading} » est obligatoire : remplissez la cellule.",
                )
            elif len(value) > column.max_length:
                self.report(
                    row,
                    column.field,
                    "too_long",
                    f"« {column.heading} » dépasse {column.max_length} caractères : raccourcissez.",
                )
            elif value:
                getattr(self, f"check_{column.field}")(row, value)
        if not values["last_name"] or not values["first_name"]:
            return None
        code = code_key(values.get("school_class", ""))
        return Person(
            row=row.number,
            last_name=values["last_name"],
            first_name=values["first_name"],
            name_key=name_key(values["last_name"], values["first_name"]),
            username=values.get("username", ""),
            email=values.get("email", ""),
            password=values.get("password", ""),
            # An unknown code stays itself: it is nobody's class, and two of them still differ.
            school_class=self.classes.get(code, code) if self.kind == Kind.STUDENT else None,
            groups=self.group_pks(values.get("groups", "")),
        )

    def report(self, row, field, code, message, value=None):
        if field == "password":
            value = MASK
        value = row.values.get(field, "") if value is None else value
        self.problems.append(Problem(row.number, self.heading[field], value, code, message))

    def check_last_name(self, row, value, field="last_name"):
        if not is_a_name(value):
            self.report(
                row,
                field,
                "invalid_value",
                f"« {self.heading[field]} » doit contenir au moins une lettre : corrigez.",
            )

    def check_first_name(self, row, value):
        self.check_last_name(row, value, "first_name")

    def check_username(self, row, value):
        try:
            username_validator(value)
        except ValidationError:
            advice = (
                "mettez cette adresse dans la colonne « Email »"
                if "@" in value
                else "n'employez que des lettres sans accent, des chiffres, des points et des tirets, sans espace"
            )
            self.report(row, "username", "invalid_username", f"Cet identifiant ne convient pas : {advice}.")

    def check_email(self, row, value):
        try:
            validate_email(value)
        except ValidationError:
            self.report(
                row,
                "email",
                "invalid_email",
                "Cette adresse e-mail n'est pas valable : corrigez-la ou videz la cellule.",
            )

    def check_password(self, row, value):
        if not is_strong(value):
            message = f"Ce mot de passe est trop faible : il doit contenir {RULE} ; ou videz la cellule."
            self.report(row, "password", "weak_password", message)

    def check_school_class(self, row, value):
        if code_key(value) not in self.classes:
            message = self.unknown("La classe", value, self.classes, "créez-la dans « Classes » ou corrigez le code")
            self.report(row, "school_class", "unknown_class", message)

    def check_groups(self, row, value):
        codes = {code_key(code): code.strip() for code in re.split("[;,]", value) if code.strip()}
        unknown = [code for key, code in codes.items() if key not in self.groups]
        for code in unknown[:MAX_CODES_PER_CELL]:
            message = self.unknown("Le groupe", code, self.groups, "créez-le dans « Groupes » ou corrigez le code")
            self.report(row, "groups", "unknown_group", message, value=code)
        if len(unknown) > MAX_CODES_PER_CELL:
            more = f"{len(unknown)} codes de cette cellule n'existent pas : voici les {MAX_CODES_PER_CELL} premiers."
            self.report(row, "groups", "unknown_group", more)

    def group_pks(self, value):
        keys = {code_key(code) for code in re.split("[;,]", value)} - {""}
        return frozenset(self.groups.get(key) for key in keys) if keys else None

    def unknown(self, what, value, known, remedy):
        key = (what, code_key(value))
        if key not in self.advice:
            worth_a_hint = len(self.advice) < MAX_HINTS and len(value) <= 60
            near = difflib.get_close_matches(key[1], known, n=1, cutoff=0.5) if worth_a_hint else []
            hint = f" Vouliez-vous dire « {near[0].upper()} » ?" if near else ""
            self.advice[key] = f"{what} « {value} » n'existe pas dans l'établissement : {remedy}.{hint}"
        return self.advice[key]
