"""The form of one student or teacher, for whoever administers their school."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from accounts import usernames
from accounts.email_change import tell_former_address
from accounts.forms.namesakes import NamesakeQuestionMixin
from accounts.forms.recent_password import RecentPasswordMixin
from accounts.models import Kind, User, UserQuerySet
from accounts.names import is_a_name, username_stem
from accounts.passwords import RULE, is_strong
from accounts.signals import send_people_changed
from schools.as_seen import AsSeenForm
from schools.journal import journal
from schools.models import CodedModel
from schools.text import tidy
from schools.turns import turn

PROTECTED = "Ce compte a aussi des droits en dehors de votre établissement : l'opérateur seul peut changer ceci."


class CodedChoiceField(forms.ModelChoiceField):
    """A choice of classes or groups, shown by code and name."""

    def label_from_instance(self, coded: CodedModel) -> str:
        return f"{coded.code} – {coded.name}" if coded.name else coded.code


class CodedMultipleChoiceField(forms.ModelMultipleChoiceField):
    label_from_instance = CodedChoiceField.label_from_instance

    def clean(self, value: Sequence[str] | None) -> QuerySet:
        """As Django's, but a number too large for the database is an invalid choice like any other."""
        for pk in value or ():
            if len(pk) > 18:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": pk}
                )
        return super().clean(value)


class PersonForm(RecentPasswordMixin, NamesakeQuestionMixin, AsSeenForm):
    """Adds a person of `kind` to `school`, or changes `instance`.

    `request`: None outside a page. `is_protected`: the account has rights elsewhere, so the school must not change its
    identifiant and e-mail.
    """

    password = forms.CharField(
        label="Mot de passe initial (facultatif)",
        required=False,
        max_length=128,
        help_text=f"Laissez vide : un mot de passe est créé pour vous. Sinon : {RULE}.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = User
        fields = ("last_name", "first_name", "username", "email", "school_class", "groups", *User.all_details())
        field_classes = {"school_class": CodedChoiceField, "groups": CodedMultipleChoiceField}
        widgets = {
            "username": forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "groups": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args, school, kind, request=None, is_protected=False, **kwargs):
        super().__init__(*args, request=request, **kwargs)
        self.school, self.kind = school, Kind(kind)
        self.is_new = self.instance.pk is None
        self.instance.school, self.instance.kind = school, self.kind
        if self.kind == Kind.STUDENT:
            self.fields["school_class"].queryset = school.schoolclass_set.all()
            self.fields["school_class"].required = True
            self.fields["school_class"].empty_label = "Choisissez une classe"
        else:
            del self.fields["school_class"]
        self.fields["groups"].queryset = school.group_set.all()
        if not school.group_set.exists():
            del self.fields["groups"]
        else:
            self.fields["groups"].label = "Groupes (facultatif)"
        its_own = {field.name for field in User.details_of(self.kind)}
        for name in User.all_details():
            if name in its_own:
                self.fields[name].label = f"{self.fields[name].label} (facultatif)"
            else:
                del self.fields[name]
        if self.is_new:
            self.fields["username"].required = False
            self.fields["username"].label = "Identifiant (facultatif)"
            self.fields["username"].help_text = "Laissez vide : prenom.nom est créé pour vous."
        else:
            del self.fields["password"]
        self.fields["email"].label = "E-mail (facultatif)"
        self.fields["email"].help_text = "Permet de choisir un nouveau mot de passe en cas d'oubli."
        self.fields["email"].error_messages["invalid"] = (
            "Cet e-mail n'est pas valable : il s'écrit comme prenom.nom@exemple.fr."
        )
        if is_protected:
            for name in ("username", "email"):
                self.fields[name].disabled = True
                self.fields[name].help_text = PROTECTED

    def needs_password(self) -> bool:
        """True when it changes the e-mail of an account: whoever receives it can choose a new password."""
        if not self.is_bound or self.is_new:
            return False
        self.rebase()
        return "email" in self.changed_data

    def clean_last_name(self) -> str:
        return self.tidy_name("last_name")

    def clean_first_name(self) -> str:
        return self.tidy_name("first_name")

    def tidy_name(self, field: str) -> str:
        name = tidy(self.cleaned_data[field])
        if not is_a_name(name):
            raise forms.ValidationError("Écrivez au moins une lettre.", code="invalid_name")
        return name

    def clean_username(self) -> str:
        username = self.cleaned_data["username"]
        self.refuse_taken(User.objects.with_usernames([username]), "Cet identifiant est déjà pris.")
        return username

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if email:
            self.refuse_taken(User.objects.with_emails([email]), "Cet e-mail est déjà celui d'un autre compte.")
        return email

    def refuse_taken(self, holders: UserQuerySet, message: str) -> None:
        if holders.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(message, code="taken")

    def clean_password(self) -> str:
        password = tidy(self.cleaned_data["password"])
        if password and not is_strong(password):
            raise forms.ValidationError(f"Le mot de passe doit contenir {RULE}.", code="weak_password")
        return password

    def clean(self) -> dict[str, Any]:
        self.ask_about_namesakes()
        return super().clean()

    def save(self) -> User | None:
        """Save the person; return them, or None with errors if somebody else has changed the data meanwhile."""
        try:
            with turn(self.school):
                # Since the form was checked, a colleague or a second click may have added the same person.
                if self.ask_about_namesakes():
                    return None
                if self.is_new:
                    self.create()
                elif self.has_changed() and not self.update():
                    return None
                event = "person_added" if self.is_new else "person_edited"
                journal(event, school=self.school, kind=self.kind, user=self.user, person=self.instance)
        except IntegrityError:
            self.add_error_of_conflict()
            return None
        except User.DoesNotExist:
            self.add_error(None, "Ce compte vient d'être supprimé : il n'y a plus rien à modifier.")
            return None
        return self.instance

    def create(self) -> None:
        person = self.instance
        if not person.username:
            (person.username,) = usernames.allocate([username_stem(person.last_name, person.first_name)])
        person.set_unusable_password()
        person.save(force_insert=True)
        person.give_initial_password(self.cleaned_data["password"] or None)
        self._save_m2m()
        send_people_changed(self.school, [person.pk], "created")

    def update(self) -> bool:
        person, fields = self.instance, self.written()
        # Locked until the end. Raises User.DoesNotExist if somebody has just deleted them.
        before = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if not self.is_still_as_read(before):
            return False
        if (
            self.user
            and {"username", "email"} & set(fields)
            and User.objects.filter(pk=person.pk).out_of_reach_of(self.user).exists()
        ):
            self.add_error(None, PROTECTED)
            return False
        person.updated_at = timezone.now()
        person.save(update_fields=[*fields, "updated_at"])
        if "groups" in self.changed_data:
            chosen, shown = set(self.cleaned_data["groups"]), set(self.initial["groups"])
            person.groups.add(*(chosen - shown))
            person.groups.remove(*(shown - chosen))
        tell_former_address(person, before.email)
        send_people_changed(self.school, [person.pk], "updated")
        return True

    def add_error_of_conflict(self) -> None:
        """Add the error: somebody has just taken the identifiant or the e-mail, or deleted the class."""
        for name in ("username", "email"):
            try:
                getattr(self, f"clean_{name}")()
            except forms.ValidationError as error:
                self.add_error(name, error)
                return
        self.add_error(None, "Des données ont changé entre-temps. Vérifiez, puis enregistrez de nouveau.")
