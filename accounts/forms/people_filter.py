"""Whom a list of people shows: one choice for the page, its export and the actions on everybody shown."""

from django import forms
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Kind
from schools.fields import Bytewise
from schools.models import code_key

# Seldom asked for: behind “Plus de filtres”, so that the list begins high on the page.
FOLDED = ("jamais", "statut", "sans_licence", "sans_manuel")

SORTS = {
    "nom": [F("name_key")],
    "identifiant": [Bytewise(Lower("username"))],
    "classe": [F("school_class__code_sort"), "name_key"],
    "connexion": [F("last_login"), "name_key"],
}


class PeopleSearchForm(forms.Form):
    """GET form that finds people of one kind of `school` by name, class and group.

    `queryset()` also works for what is not valid: it is then empty, because an action on “everybody shown”
    must never reach more people than the filter meant.
    """

    q = forms.CharField(label="Rechercher", required=False, max_length=200)
    classe = forms.ChoiceField(label="Classe", required=False)
    groupe = forms.ChoiceField(label="Groupe", required=False)

    def __init__(self, data, *, school, kind):
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
        self.fields["q"].widget.input_type = "search"
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-control" if name == "q" else "form-select"

    @staticmethod
    def choices_of(coded, everything):
        names = [(each.code, f"{each.code} – {each.name}" if each.name else each.code) for each in coded.values()]
        return [("", everything), *names]

    @property
    def is_narrowed(self):
        """True when the list is not simply everybody."""
        return not self.is_valid() or any(self.cleaned_data.values())

    def people(self):
        """Return all whom the list may show."""
        return self.school.people.of_kind(self.kind)

    def queryset(self):
        """Return the people shown, in their order, with their class; prefetching groups is up to the caller."""
        people = self.people().select_related("school_class")
        if not self.is_valid():
            return people.none()
        return self.narrow(people, self.cleaned_data).order_by(*self.ordering())

    def narrow(self, people, chosen):
        """Return those of `people` who match what was `chosen` (cleaned data)."""
        people = people.search(chosen["q"])
        if chosen.get("classe"):
            people = people.filter(school_class=self.classes[code_key(chosen["classe"])])
        if chosen["groupe"]:
            people = people.filter(groups=self.groups[code_key(chosen["groupe"])])
        return people

    def ordering(self):
        first, *rest = SORTS[self.sort.removeprefix("-")]
        # Those who never signed in come last when the latest are asked for first.
        first = first.desc(nulls_last=True) if self.sort.startswith("-") else first.asc(nulls_first=True)
        return [first, *rest, "pk"]


class PeopleFilterForm(PeopleSearchForm):
    """GET form of the lists of students and teachers."""

    jamais = forms.ChoiceField(label="Connexion", required=False, choices=[("", "Toutes"), ("1", "Jamais connectés")])
    statut = forms.ChoiceField(
        label="Comptes",
        required=False,
        choices=[("", "Tous"), ("actifs", "Actifs"), ("inactifs", "Désactivés")],
    )
    sans_licence = forms.ChoiceField(label="Licences", required=False, choices=[("", "Toutes"), ("1", "Sans licence")])
    sans_manuel = forms.ChoiceField(label="Manuels", required=False)

    def __init__(self, data, *, school, kind):
        super().__init__(data, school=school, kind=kind)
        self.offer_books()
        for name, field in self.fields.items():
            field.folded = name in FOLDED

    def offer_books(self):
        """Offer to find those without a book, where there is any; licences are reached by reverse relations only."""
        self.licences = self.school.licences.filter(audience=self.kind, valid_until__gte=timezone.localdate())
        textbooks = self.licences.order_by("textbook__title_sort", "textbook").values_list(
            "textbook", "textbook__title"
        )
        if books := [(str(pk), f"Sans « {title} »") for pk, title in textbooks.distinct()]:
            self.fields["sans_manuel"].choices = [("", "Tous"), *books]
        else:
            del self.fields["sans_licence"], self.fields["sans_manuel"]

    @property
    def folded(self):
        return [self[name] for name in FOLDED if name in self.fields]

    @property
    def is_unfolded(self):
        """True when a folded field is in use: what narrows a list must be seen."""
        return any(self.data.get(field.name) for field in self.folded)

    def narrow(self, people, chosen):
        people = super().narrow(people, chosen)
        if chosen["jamais"]:
            people = people.never_signed_in()
        if chosen["statut"]:
            people = people.filter(is_active=chosen["statut"] == "actifs")
        if chosen.get("sans_licence"):
            people = people.exclude(assignments__licence__in=self.licences.order_by())
        if chosen.get("sans_manuel"):
            book = self.licences.filter(textbook=chosen["sans_manuel"])
            people = people.exclude(assignments__licence__in=book.order_by())
        return people
