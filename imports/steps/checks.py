"""Step 3: is each row right by itself? Knows the school's codes, touches no database."""

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import Kind, username_validator
from accounts.names import is_a_name, name_key
from accounts.passwords import RULE, is_strong
from imports.columns import columns_for, heading_key
from imports.masking import MASK
from imports.steps.codes import Codes, split_codes
from imports.steps.person import Person
from imports.tables.guard import Row
from imports.tables.problems import Problem
from schools.models import code_key

MAX_CODES_PER_CELL = 10  # A file of nothing but unknown codes must not become millions of problems.
EMAIL_PARTS = (
    ("mailto:", "Cette cellule contient un lien : retirez « mailto: » et ne gardez que l'adresse."),
    ("[<>]", "Cette cellule contient un nom et une adresse : ne gardez que l'adresse, sans les signes < et >."),
    (r"@.*[\s;,/|].*@", "Cette cellule contient deux adresses : gardez-en une seule."),
)
NO_DOMAIN = re.compile(r"[^@]*|[^@]*@[^@.]*\.?")
INCOMPLETE_EMAIL = (
    "Cette adresse e-mail est incomplète : écrivez tout ce qui suit l'arobase (par exemple « @exemple.fr »), ou videz "
    "la cellule."
)
WRONG_EMAIL = "Cette adresse e-mail n'est pas valable : corrigez-la ou videz la cellule."


class RowChecker:
    """Checks the rows of one file against the codes of one school.

    `classes`, `groups`: {code key: primary key}. `problems` gathers what is wrong, in the order of the rows.
    """

    def __init__(self, kind: str, *, classes: Mapping[str, int], groups: Mapping[str, int]) -> None:
        self.kind = kind
        self.columns = [column for column in columns_for(kind) if column.read]
        self.heading = {column.field: column.heading for column in self.columns}
        self.classes = Codes(classes, "unknown_class", "La classe", "créez-la dans « Classes » ou corrigez le code")
        self.groups = Codes(groups, "unknown_group", "Le groupe", "créez-le dans « Groupes » ou corrigez le code")
        self.problems: list[Problem] = []

    def check(self, row: Row) -> Person | None:
        """Add what is wrong to `problems`; return the Person that `row` describes.

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
            elif value and (check := getattr(self, f"check_{column.field}", None)):
                check(row, value)
        if not values["last_name"] or not values["first_name"]:
            return None
        code = self.classes.key(values.get("school_class", ""), is_number="school_class" in row.numbers)
        return Person(
            row=row.number,
            values=values,
            name_key=name_key(values["last_name"], values["first_name"]),
            school_class=self.classes.known.get(code, code) if self.kind == Kind.STUDENT else None,
            groups=self.group_pks(row),
        )

    def report(self, row: Row, field: str, code: str, message: str, value: str | None = None) -> None:
        if field == "password":
            value = MASK
        value = row.values.get(field, "") if value is None else value
        self.problems.append(Problem(row.number, self.heading[field], value, code, message))

    def check_last_name(self, row: Row, value: str, field: str = "last_name") -> None:
        if not is_a_name(value):
            self.report(
                row,
                field,
                "invalid_value",
                f"« {self.heading[field]} » doit contenir au moins une lettre : corrigez.",
            )

    def check_first_name(self, row: Row, value: str) -> None:
        self.check_last_name(row, value, "first_name")

    def check_username(self, row: Row, value: str) -> None:
        try:
            username_validator(value)
        except ValidationError:
            advice = (
                "mettez cette adresse dans la colonne « Email »"
                if "@" in value
                else "n'employez que des lettres sans accent, des chiffres, des points et des tirets, sans espace"
            )
            self.report(row, "username", "invalid_username", f"Cet identifiant ne convient pas : {advice}.")

    def check_email(self, row: Row, value: str) -> None:
        try:
            validate_email(value)
        except ValidationError:
            self.report(row, "email", "invalid_email", wrong_email(value))

    def check_password(self, row: Row, value: str) -> None:
        if not is_strong(value):
            message = f"Ce mot de passe est trop faible : il doit contenir {RULE} ; ou videz la cellule."
            self.report(row, "password", "weak_password", message)

    def check_school_class(self, row: Row, value: str) -> None:
        self.check_code(row, "school_class", value, self.classes)

    def check_code(self, row: Row, field: str, code: str, codes: Codes) -> None:
        """Report a code that is not known, or that Excel has made a number of."""
        is_number = field in row.numbers
        if is_number and (message := codes.number_problem(code)):
            self.report(row, field, "number_in_code", message)
        elif codes.key(code, is_number=is_number) not in codes.known:
            self.report(row, field, codes.problem, codes.unknown(code), code)

    def check_groups(self, row: Row, value: str) -> None:
        if "groups" in row.numbers:
            self.check_code(row, "groups", value, self.groups)
            return
        codes = {code_key(code): code for code in split_codes(value)}
        unknown = [code for key, code in codes.items() if key not in self.groups.known]
        for code in unknown[:MAX_CODES_PER_CELL]:
            if parts := self.groups.joined(code):
                message = (
                    f"« {code} » réunit plusieurs codes : séparez-les par un point-virgule (« {' ; '.join(parts)} »)."
                )
                self.report(row, "groups", "unknown_group", message, value=code)
            else:
                self.check_code(row, "groups", code, self.groups)
        if len(unknown) > MAX_CODES_PER_CELL:
            more = f"{len(unknown)} codes de cette cellule n'existent pas : voici les {MAX_CODES_PER_CELL} premiers."
            self.report(row, "groups", "unknown_group", more)

    def group_pks(self, row: Row) -> frozenset[int | None] | None:
        is_number = "groups" in row.numbers
        codes = split_codes(row.values.get("groups", ""))
        return frozenset(self.groups.known.get(self.groups.key(code, is_number=is_number)) for code in codes) or None


def wrong_email(value: str) -> str:
    """Return what to say of an address that is not one: the four usual mistakes have a sentence each."""
    for part, message in EMAIL_PARTS:
        if re.search(part, value, re.IGNORECASE | re.DOTALL):
            return message
    return INCOMPLETE_EMAIL if NO_DOMAIN.fullmatch(value) else WRONG_EMAIL
