"""Forms of the school's own pages: classes, groups, settings, and the filters of their lists."""

from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import QueryDict

from schools.access import Member, administered_schools
from schools.as_seen import AsSeenForm
from schools.fields import KeyedQuerySet
from schools.filters import CleanCharField, FilterForm, choice_field, search_field
from schools.models import CodedModel, Group, GroupQuerySet, School, SchoolClass, SchoolClassQuerySet, code_key

CODE_KEY_LENGTH = SchoolClass._meta.get_field("code_key").max_length


class CodedForm(AsSeenForm):
    """What classes and groups share: a code that is unique in its school, case and spaces aside."""

    duplicate = None

    class Meta:
        field_classes = {"code": CleanCharField, "name": CleanCharField, "level": CleanCharField}

    def __init__(self, *args: Any, school: School, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school = school
        self.instance.school = school
        self.fields["code"].widget.attrs.update(autocomplete="off", spellcheck="false")

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if len(code_key(code)) > CODE_KEY_LENGTH:
            raise forms.ValidationError("Ce code est trop long : choisissez-en un plus court.")
        same = self._meta.model.objects.filter(school=self.school, code_key=code_key(code))
        twin = same.exclude(pk=self.instance.pk).first()
        if twin:
            raise forms.ValidationError(self.duplicate.format(code=twin.code), code="duplicate")
        return code

    def save(self, commit: bool = True) -> CodedModel:
        coded = super().save(commit=False)
        if commit:
            coded.save(update_fields=self.written() if coded.pk else None)
        return coded

    def save_or_refuse(self) -> bool:
        """Save and return True; add an error and return False if someone has just taken the code."""
        try:
            with transaction.atomic():
                self.save()
        except IntegrityError:
            code = self.cleaned_data["code"]
            self.add_error("code", forms.ValidationError(self.duplicate.format(code=code), code="duplicate"))
            return False
        return True


class ClassForm(CodedForm):
    duplicate = "Une classe de votre établissement porte déjà ce code ({code}). Choisissez-en un autre."

    class Meta(CodedForm.Meta):
        model = SchoolClass
        fields = ["code", "name", "level"]
        labels = {"code": "Code de la classe", "name": "Nom (facultatif)", "level": "Niveau (facultatif)"}
        help_texts = {
            "code": (
                "30 caractères au plus, par exemple 6A. C'est ce code que vous reporterez dans la colonne "
                "« Code classe » du fichier d'import des élèves."
            ),
            "name": "Par exemple « Sixième A ».",
            "level": "Par exemple « 6e ». Il sert à filtrer les listes et à affecter les licences.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].widget.attrs["list"] = "levels"


class GroupForm(CodedForm):
    duplicate = "Un groupe de votre établissement porte déjà ce code ({code}). Choisissez-en un autre."

    class Meta(CodedForm.Meta):
        model = Group
        fields = ["code", "name"]
        labels = {"code": "Code du groupe", "name": "Nom (facultatif)"}
        help_texts = {
            "code": (
                "30 caractères au plus, sans point-virgule ni virgule, par exemple LATIN. C'est ce code que "
                "vous reporterez dans la colonne « Code groupe » des fichiers d'import."
            ),
            "name": "Par exemple « Latin 5e-4e ».",
        }

    def clean_code(self) -> str:
        code = super().clean_code()
        if ";" in code or "," in code:
            raise forms.ValidationError(
                "Un code de groupe ne contient ni point-virgule ni virgule : dans un fichier d'import, "
                "ils séparent plusieurs groupes.",
                code="separator",
            )
        return code


class SchoolSettingsForm(AsSeenForm):
    class Meta:
        model = School
        fields = ["name", "city", "teachers_must_change_password", "students_must_change_password"]
        field_classes = {"name": CleanCharField, "city": CleanCharField}
        labels = {
            "name": "Nom de l'établissement",
            "city": "Ville (facultatif)",
            "teachers_must_change_password": (
                "Les enseignants choisissent un nouveau mot de passe à leur première connexion"
            ),
            "students_must_change_password": (
                "Les élèves choisissent un nouveau mot de passe à leur première connexion"
            ),
        }
        help_texts = {
            "teachers_must_change_password": "Conseillé : vous ne pourrez plus lire leur mot de passe ensuite.",
            "students_must_change_password": (
                "Si la case n'est pas cochée, les élèves gardent le mot de passe que vous leur remettez, et vous "
                "pouvez toujours le retrouver dans l'export."
            ),
        }

    def save(self, commit: bool = True) -> School:
        school = super().save(commit=False)
        if commit:
            school.save(update_fields=self.written())
        return school


class ClassFilterForm(FilterForm):
    q = search_field("Code ou nom")
    niveau = choice_field("Niveau")

    def __init__(self, data: QueryDict, *, school: School) -> None:
        super().__init__(data)
        self.school = school
        self.fields["niveau"].choices = [("", "Tous"), *((level, level) for level in school.levels())]

    def everything(self) -> SchoolClassQuerySet:
        return self.school.schoolclass_set.with_counts()

    def narrow(self, rows: KeyedQuerySet, chosen: dict[str, Any]) -> KeyedQuerySet:
        rows = rows.search(chosen["q"])
        return rows.filter(level=chosen["niveau"]) if chosen["niveau"] else rows


class GroupFilterForm(FilterForm):
    q = search_field("Code ou nom")

    def __init__(self, data: QueryDict, *, school: School) -> None:
        super().__init__(data)
        self.school = school

    def everything(self) -> GroupQuerySet:
        return self.school.group_set.with_counts()

    def narrow(self, rows: KeyedQuerySet, chosen: dict[str, Any]) -> KeyedQuerySet:
        return rows.search(chosen["q"])


class SchoolFilterForm(FilterForm):
    q = search_field("Nom, code ou ville")

    def __init__(self, data: QueryDict, *, user: Member) -> None:
        super().__init__(data)
        self.user = user

    def everything(self) -> QuerySet[School]:
        return administered_schools(self.user)

    def narrow(self, rows: KeyedQuerySet, chosen: dict[str, Any]) -> KeyedQuerySet:
        return rows.search(chosen["q"])
