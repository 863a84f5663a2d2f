from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat

from accounts.models import Kind, User
from imports.deposit import NotTaken, deposit
from imports.labels import label
from imports.models import Import, ImportQuerySet, Mode, ProblemQuerySet, Status
from imports.tables.formats import sniff
from imports.tables.sight import SNIFFED_BYTES
from schools.folding import sort_key
from schools.models import School

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHOOSE = "Choisissez le fichier à importer."
SELECT = forms.Select(attrs={"class": "form-select"})


class UploadForm(forms.Form):
    """A workbook to import or to check; what can be seen at once is refused at once. `status`: of the answer."""

    status = 422

    file = forms.FileField(
        label="Fichier à importer",
        error_messages={
            "required": CHOOSE,
            "missing": CHOOSE,
            "invalid": CHOOSE,
            "empty": "Ce fichier est vide : remplissez le modèle, enregistrez-le, puis choisissez-le de nouveau.",
        },
        widget=forms.FileInput(attrs={"accept": f".xlsx,{XLSX}"}),
    )

    def __init__(self, *args: Any, school: School, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school, self.kind = school, kind
        rows = f"{settings.IMPORT_MAX_ROWS:,}".replace(",", "\u00a0")
        self.fields["file"].help_text = (
            "Un classeur Excel (.xlsx) rempli à partir du modèle : "
            f"{filesizeformat(settings.IMPORT_MAX_BYTES)} et {rows} lignes au plus."
        )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(
                f"Ce fichier est trop gros : la limite est de {filesizeformat(settings.IMPORT_MAX_BYTES)}. "
                "Supprimez les images et les feuilles inutiles, ou partagez la liste entre plusieurs fichiers.",
                code="too_large",
            )
        problem = sniff(file.read(SNIFFED_BYTES), file.name)
        file.seek(0)
        if problem:
            raise forms.ValidationError(problem.message, code=problem.code)
        return file

    def clean(self) -> dict[str, Any]:
        action = self.data.get("action")
        if action not in Mode.values:
            raise forms.ValidationError("Cliquez sur « Importer » ou sur « Vérifier sans importer ».")
        return {**super().clean(), "mode": Mode(action)}

    def deposit(self, user: User) -> Import | None:
        """Put the file in the queue for `user` and return its Import; None, and an error, if it cannot be taken."""
        file = self.cleaned_data["file"]
        try:
            return deposit(
                file,
                filename=file.name,
                school=self.school,
                kind=self.kind,
                mode=self.cleaned_data["mode"],
                uploaded_by=user,
            )
        except NotTaken as refusal:
            self.add_error("file", str(refusal))
            self.status = refusal.status


class HistoryFilterForm(forms.Form):
    """Which imports of a school the history shows."""

    profil = forms.ChoiceField(
        label="Profil",
        required=False,
        choices=[("", "Tous"), (Kind.STUDENT, "Élèves"), (Kind.TEACHER, "Enseignants")],
        widget=SELECT,
    )
    statut = forms.ChoiceField(label="Statut", required=False, choices=[("", "Tous"), *Status.choices], widget=SELECT)

    def __init__(self, data: QueryDict, *, school: School) -> None:
        super().__init__(data)
        self.school = school

    def queryset(self) -> ImportQuerySet:
        shown = self.school.imports.select_related("uploaded_by")
        if not self.is_valid():
            return shown.none()
        if kind := self.cleaned_data["profil"]:
            shown = shown.filter(kind=kind)
        if status := self.cleaned_data["statut"]:
            shown = shown.filter(status=status)
        return shown


class ProblemFilterForm(forms.Form):
    """Which problems of an import are shown. `counts`: {code: how many}."""

    probleme = forms.ChoiceField(label="Type de problème", required=False, widget=SELECT)

    def __init__(self, data: QueryDict, *, counts: dict[str, int]) -> None:
        super().__init__(data)
        self.counts = counts
        names = sorted(((label(code), code) for code in counts), key=lambda name: sort_key(name[0]))
        self.fields["probleme"].choices = [
            ("", f"Tous les types ({sum(counts.values())})"),
            *((code, f"{name} ({counts[code]})") for name, code in names),
        ]

    def narrow(self, problems: ProblemQuerySet) -> tuple[ProblemQuerySet, int]:
        """Return those of `problems` that are asked for, and how many they are."""
        code = self.cleaned_data["probleme"] if self.is_valid() else ""
        if not code:
            return problems, sum(self.counts.values())
        return problems.filter(code=code), self.counts[code]
