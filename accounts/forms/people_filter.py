"""Whom a list of people shows: one choice for the page, its export and the actions on everybody shown."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower
from django.http import QueryDict

from accounts.models import Kind, UserQuerySet
from schools import hooks
from schools.fields import Bytewise
from schools.filters import FilterForm, choice_field, search_field
from schools.models import CodedModel, School, code_key

SORTS = {
    "nom": [F("name_key")],
    "identifiant": [Bytewise(Lower("username"))],
    "classe": [F("school_class__code_sort"), "name_key"],
    "connexion": [F("last_login"), "name_key"],
}


class PeopleSearchForm(FilterForm):
    """People of `school` by name, class and group, in the order of `?tri=`: what every list of people can ask."""

    q = search_field()
    classe = choice_field("Classe")
    groupe = choice_field("Groupe")

    def __init__(self, data: QueryDict, *, school: School, kind: str) -> None:
        self.school, self.kind = school, Kind(kind)
        self.groups = {group.code_key: group for group in school.group_set.all()}
        self.classes = {}
        if self.kind == Kind.STUDENT:
            self.classes = {each.code_key: each for each in school.schoolclass_set.all()}
        data = data.copy()
        # `?classe=6a` is the class 6A.
        for name, coded in (("classe", self.classes), ("groupe", self.groups)):
            if name in data and (found := coded.get(code_key(data[name]))):
                data[name] = found.code
        self.sort = data.get("tri", "")
        if self.sort.removeprefix("-") not in SORTS:
            self.sort = "nom"
        super().__init__(data)
        self.fields["groupe"].choices = self.choices_of(self.groups, "Tous")
        if self.kind == Kind.STUDENT:
            self.fields["classe"].choices = self.choices_of(self.classes, "Toutes")
        else:
            del self.fields["classe"]

    @staticmethod
    def choices_of(coded: Mapping[str, CodedModel], everything: str) -> list[tuple[str, str]]:
        names = [(each.code, f"{each.code} – {each.name}" if each.name else each.code) for each in coded.values()]
        return [("", everything), *names]

    def everything(self) -> UserQuerySet:
        """Return the people in their order, with their class; prefetching groups is up to the caller."""
        people = self.school.people.of_kind(self.kind).select_related("school_class")
        return people.order_by(*self.ordering())

    def narrow(self, rows: UserQuerySet, chosen: dict[str, Any]) -> UserQuerySet:
        rows = rows.search(chosen["q"])
        if chosen.get("classe"):
            rows = rows.filter(school_class=self.classes[code_key(chosen["classe"])])
        if chosen["groupe"]:
            rows = rows.filter(groups=self.groups[code_key(chosen["groupe"])])
        return rows

    def ordering(self) -> list[OrderBy | str]:
        first, *rest = SORTS[self.sort.removeprefix("-")]
        # Those who never signed in come last when the latest are asked for first.
        first = first.desc(nulls_last=True) if self.sort.startswith("-") else first.asc(nulls_first=True)
        return [first, *rest, "pk"]


class PeopleFilterForm(PeopleSearchForm):
    """GET form of the lists of students and teachers, with what other apps let one ask (hooks.filters)."""

    jamais = choice_field("Connexion", [("", "Toutes"), ("1", "Jamais connectés")], folded=True)
    statut = choice_field("Comptes", [("", "Tous"), ("actifs", "Actifs"), ("inactifs", "Désactivés")], folded=True)

    def __init__(self, data: QueryDict, *, school: School, kind: str) -> None:
        super().__init__(data, school=school, kind=kind)
        self.added = [added(school, self.kind) for added in hooks.filters]
        for added in self.added:
            self.fields |= added.fields

    def narrow(self, rows: UserQuerySet, chosen: dict[str, Any]) -> UserQuerySet:
        rows = super().narrow(rows, chosen)
        if chosen["jamais"]:
            rows = rows.never_signed_in()
        if chosen["statut"]:
            rows = rows.filter(is_active=chosen["statut"] == "actifs")
        for added in self.added:
            rows = added.narrow(rows, chosen)
        return rows
