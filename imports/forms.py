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
from schools.filters import FilterForm, choice_field
from schools.folding import sort_key
from schools.models import School

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHOOSE = "Choisissez le fichier à importer."


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
            f"{settings.IMPORT_MAX_BYTES // 2**20}\u00a0Mo et {rows} lignes au plus."
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


class HistoryFilterForm(FilterForm):
    """Which imports of a school the history shows."""

    profil = choice_field("Profil", [("", "Tous"), (Kind.STUDENT, "Élèves"), (Kind.TEACHER, "Enseignants")])
    statut = choice_field("Statut", [("", "Tous"), *Status.choices])

    def __init__(self, data: QueryDict, *, school: School) -> None:
        super().__init__(data)
        self.school = school

    def everything(self) -> ImportQuerySet:
        return self.school.imports.select_related("uploaded_by")

    def narrow(self, rows: ImportQuerySet, chosen: dict[str, Any]) -> ImportQuerySet:
        if chosen["profil"]:
            rows = rows.filter(kind=chosen["profil"])
        if chosen["statut"]:
            rows = rows.filter(status=chosen["statut"])
        return rows


class ProblemFilterForm(FilterForm):
    """Which of `problems`, those of an import, are shown. `counts`: {code: how many}."""

    probleme = choice_field("Type de problème")

    def __init__(self, data: QueryDict, *, problems: ProblemQuerySet, counts: dict[str, int]) -> None:
        super().__init__(data)
        self.problems, self.counts = problems, counts
        names = sorted(((label(code), code) for code in counts), key=lambda name: sort_key(name[0]))
        self.fields["probleme"].choices = [
            ("", f"Tous les types ({sum(counts.values())})"),
            *((code, f"{name} ({counts[code]})") for name, code in names),
        ]

    def everything(self) -> ProblemQuerySet:
        return self.problems

    def narrow(self, rows: ProblemQuerySet, chosen: dict[str, Any]) -> ProblemQuerySet:
        return rows.filter(code=chosen["probleme"]) if chosen["probleme"] else rows

    @property
    def total(self) -> int:
        """How many `queryset` returns: known without asking."""
        if not self.is_valid():
            return 0
        return self.counts[code] if (code := self.cleaned_data["probleme"]) else sum(self.counts.values())
