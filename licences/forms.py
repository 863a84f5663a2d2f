"""Forms of the administrator's licence pages: filters, and what a licence follows."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Case, F, Q, Value, When
from django.http import QueryDict
from django.utils import timezone

from accounts.forms.people_filter import PeopleSearchForm
from accounts.models import Kind, User, UserQuerySet
from licences.models import Assignment, Licence, State, Waiting
from licences.models.licences import LicenceQuerySet
from licences.rules import RuleAdded, add_rule
from licences.seats import LicenceError
from schools.filters import FilterForm, choice_field, search_field
from schools.folding import sort_key
from schools.french import counted
from schools.journal import journal
from schools.models import CodedModel, School
from schools.turns import turn

STATES = {State.OPEN: "En cours", State.UPCOMING: "Pas encore valable", State.EXPIRED: "Expirée"}
AUDIENCES = {Kind.STUDENT: "Élèves", Kind.TEACHER: "Enseignants"}


class LicenceFilterForm(FilterForm):
    """GET form of the list of licences."""

    q = search_field()
    public = choice_field("Public", [("", "Tous"), *AUDIENCES.items()])
    validite = choice_field("Validité", [("", "Toutes"), *STATES.items()])
    matiere = choice_field("Matière")
    places = choice_field(
        "Disponibilité", [("", "Toutes"), ("libres", "Encore disponibles"), ("attente", "Avec une file d'attente")]
    )

    def __init__(self, data: QueryDict, *, school: School) -> None:
        super().__init__(data)
        self.school = school
        subjects = school.licences.exclude(textbook__subject="").order_by()
        subjects = subjects.values_list("textbook__subject", flat=True).distinct()
        subjects = sorted(subjects, key=lambda subject: (sort_key(subject), subject))
        self.fields["matiere"].choices = [("", "Toutes"), *((subject, subject) for subject in subjects)]

    def everything(self) -> LicenceQuerySet:
        """Return the licences of the school, textbook and queue included, those that have expired marked as such."""
        return (
            self.school.licences.select_related("textbook")
            .with_waiting()
            .annotate(
                free_seats=F("seats") - F("assigned"),
                has_expired=Case(When(valid_until__lt=timezone.localdate(), then=Value(1)), default=Value(0)),
            )
        )

    def narrow(self, rows: LicenceQuerySet, chosen: dict[str, Any]) -> LicenceQuerySet:
        rows = rows.search(chosen["q"])
        if chosen["public"]:
            rows = rows.filter(audience=chosen["public"])
        if chosen["validite"]:
            rows = rows.in_state(chosen["validite"])
        if chosen["matiere"]:
            rows = rows.filter(textbook__subject=chosen["matiere"])
        if chosen["places"] == "libres":
            rows = rows.with_free_seats()
        if chosen["places"] == "attente":
            rows = rows.filter(pk__in=Waiting.objects.order_by().values("licence"))
        return rows


class LicenceReadersForm(PeopleSearchForm):
    """The people who can have a seat of `licence`: only active accounts can."""

    def __init__(self, data: QueryDict, *, licence: Licence, school: School) -> None:
        super().__init__(data, school=school, kind=licence.audience)
        self.of_licence = licence

    def everything(self) -> UserQuerySet:
        return super().everything().filter(is_active=True)


class ReadersFilterForm(LicenceReadersForm):
    """GET form of the people of a licence: those who can have a seat, by name, class, group, and seat."""

    licence = choice_field(
        "Cette licence",
        [("", "Avec ou sans"), ("sans", "Sans cette licence"), ("avec", "Avec"), ("attente", "En attente")],
    )

    def narrow(self, rows: UserQuerySet, chosen: dict[str, Any]) -> UserQuerySet:
        rows = super().narrow(rows, chosen)
        having = {"avec": Assignment, "sans": Assignment, "attente": Waiting}.get(chosen["licence"])
        if having is None:
            return rows
        found = Q(pk__in=having.objects.filter(licence=self.of_licence).order_by().values("user"))
        return rows.filter(~found if chosen["licence"] == "sans" else found)


class UseFilterForm(LicenceReadersForm):
    """GET form of the people in the use report of a licence."""

    usage = choice_field(
        "Utilisation", [("", "Toutes"), ("ouvert", "Ouvert au moins une fois"), ("jamais", "Jamais ouvert")]
    )

    def narrow(self, rows: UserQuerySet, chosen: dict[str, Any]) -> UserQuerySet:
        rows = super().narrow(rows, chosen)
        if chosen["usage"]:
            opened = Q(opened_count__gt=0)
            seats = Assignment.objects.filter(opened if chosen["usage"] == "ouvert" else ~opened)
            rows = rows.filter(pk__in=seats.filter(licence=self.of_licence).order_by().values("user"))
        return rows


class RuleForm(forms.Form):
    """What a licence is to follow: everybody, a level, a class or a group, told by one list."""

    follow = forms.ChoiceField(label="Affecter automatiquement à")

    def __init__(self, data: QueryDict | None = None, *, school: School, licence: Licence) -> None:
        super().__init__(data)
        self.school, self.licence = school, licence
        self.classes, self.levels = [], []
        if licence.audience == Kind.STUDENT:
            self.classes = list(school.schoolclass_set.all())
            self.levels = school.levels()
        self.groups = list(school.group_set.all())
        everyone = "Tous les élèves" if licence.audience == Kind.STUDENT else "Tous les enseignants"
        choices = [("", "Choisissez…"), ("everyone", f"{everyone} de l'établissement")]
        for title, options in (
            ("Niveaux", [(f"level:{level}", f"Niveau {level}") for level in self.levels]),
            ("Classes", [(f"class:{each.pk}", self.name_of("Classe", each)) for each in self.classes]),
            ("Groupes", [(f"group:{each.pk}", self.name_of("Groupe", each)) for each in self.groups]),
        ):
            if options:
                choices.append((title, options))
        self.fields["follow"].choices = choices

    @staticmethod
    def name_of(what: str, coded: CodedModel) -> str:
        return f"{what} {coded.code} – {coded.name}" if coded.name else f"{what} {coded.code}"

    @property
    def label(self) -> str:
        """What was chosen, as the list says it."""
        return next(text for key, text in self.options() if key == self.cleaned_data["follow"])

    def options(self) -> Iterator[tuple[str, str]]:
        for key, text in self.fields["follow"].choices:
            if isinstance(text, str):
                yield key, text
            else:
                yield from text

    def save(self, *, by: User) -> RuleAdded | None:
        """Add the rule for `by`; return what it did (rules.RuleAdded), or None with an error if it cannot be."""
        what, _, which = self.cleaned_data["follow"].partition(":")
        chosen = {}
        if what == "level":
            chosen["level"] = which
        elif what == "class":
            chosen["school_class"] = next(each for each in self.classes if str(each.pk) == which)
        elif what == "group":
            chosen["group"] = next(each for each in self.groups if str(each.pk) == which)
        try:
            with turn(self.school):
                followed = add_rule(self.licence, **chosen)
                journal("rule_added", school=self.school, licence=self.licence, user=by, rule=what)
                return followed
        except LicenceError as error:
            self.add_error(None, str(error))
            return None


class RuleRemovalForm(forms.Form):
    """What becomes of the seats that a rule gave."""

    seats = forms.ChoiceField(label="Les licences déjà données par cette règle", widget=forms.RadioSelect)

    def __init__(self, data=None, *, given):
        super().__init__(data, initial={"seats": "keep"})
        their = f"({counted(given, 'licence')})"
        self.fields["seats"].choices = [
            ("keep", f"Les laisser {their}, comme si vous les aviez données vous-même"),
            ("take_back", f"Les reprendre {their}, sauf à qui une autre règle les donne"),
        ]
