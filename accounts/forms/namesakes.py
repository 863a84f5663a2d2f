"""The question that the form of a person asks before it makes a second account of somebody."""

from django import forms
from django.utils.html import format_html

from accounts.models import Kind, User
from accounts.names import name_key
from accounts.resemblance import Name
from schools.models import School, SchoolClass

QUESTION = (
    "Cette personne a peut-être déjà un compte. Si c'est la même, ouvrez sa fiche au lieu d'en créer un second ; "
    "sinon, cochez la case, puis enregistrez."
)


def namesakes(
    school: School, kind: str, key: str, school_class: SchoolClass | None, *, but: int | None = None
) -> list[User]:
    """Return the accounts of this school and kind with the name `key`, or in the same class with a similar one.

    `school_class`: None for teachers, who are all compared. `but`: the primary key of the account that is edited.
    """
    people = school.people.of_kind(kind).exclude(pk=but).select_related("school_class", "school").order_by("pk")
    same = list(people.filter(name_key=key))
    others = people.filter(school_class=school_class).exclude(name_key=key)
    name = Name(key)
    near = [pk for pk, other in others.values_list("pk", "name_key") if name.resembles(Name(other))]
    return same + list(people.filter(pk__in=near))


class NamesakeQuestionMixin(forms.ModelForm):
    """Asks about namesakes when somebody is added or renamed. The answer is valid for the accounts that were shown."""

    def ask_about_namesakes(self) -> bool:
        """Add the question, and an error until it is answered; tell whether it is not answered yet."""
        last_name, first_name = (self.cleaned_data.get(name) for name in ("last_name", "first_name"))
        renamed = self.instance.pk is None or {"last_name", "first_name"} & set(self.changed_data)
        if not (last_name and first_name and renamed):
            return False
        found = namesakes(
            self.instance.school,
            self.instance.kind,
            name_key(last_name, first_name),
            self.cleaned_data.get("school_class"),
            but=self.instance.pk,
        )
        if not found:
            return False
        self.fields["someone_else"] = forms.MultipleChoiceField(
            label="Déjà inscrits sous un nom semblable",
            required=False,
            choices=[(str(account.pk), label(account)) for account in found],
            widget=forms.CheckboxSelectMultiple,
        )
        widget, name = self.fields["someone_else"].widget, self.add_prefix("someone_else")
        answered = widget.value_from_datadict(self.data, self.files, name) or []
        if {str(account.pk) for account in found} <= set(answered):
            return False
        if not self.has_error("someone_else"):
            self.add_error("someone_else", forms.ValidationError(QUESTION, code="possible_duplicate"))
        return True


def label(account: User) -> str:
    where = account.school_class.code if account.kind == Kind.STUDENT else "enseignant"
    return format_html(
        'Ce n\'est pas <a href="{}">{}</a> ({}, identifiant {})',
        account.get_absolute_url(),
        account,
        where,
        account.username,
    )
