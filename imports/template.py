"""The template workbook: what an import expects, ready to be filled in Excel or LibreOffice."""

from django.conf import settings

from accounts.models import Kind
from accounts.passwords import RULE
from imports.columns import columns_for
from imports.tables import writer
from schools.models import School

PEOPLE = {Kind.STUDENT: "élèves", Kind.TEACHER: "enseignants"}
SHEET = {Kind.STUDENT: "Élèves", Kind.TEACHER: "Enseignants"}


def build(school: School | None, kind: str) -> bytes:
    """Return the template of `kind` as bytes, with the drop-downs of `school` (None: without)."""
    people = writer.List(
        SHEET[kind],
        columns_for(kind),
        choices=codes_of(school) if school else {},
        last_row=settings.IMPORT_MAX_ROWS + 1,
    )
    return writer.build(people, explanation(kind))


def codes_of(school: School) -> dict[str, writer.Choices]:
    """Return the codes that the school has, by the field that takes them; several groups may be typed."""
    classes = list(school.schoolclass_set.values_list("code", flat=True))
    groups = list(school.group_set.values_list("code", flat=True))
    unknown = (
        "Code classe inconnu",
        "Aucune classe de l'établissement n'a ce code. Choisissez un code dans la liste.",
    )
    return {"school_class": writer.Choices(classes, unknown), "groups": writer.Choices(groups)}


def explanation(kind: str) -> writer.Help:
    """Return the sheet that explains each column."""
    people = PEOPLE[kind]
    return writer.Help(
        "Mode d'emploi",
        [
            f"Comment remplir la liste des {people}",
            f"1. Remplissez la feuille « {SHEET[kind]} » : une ligne par personne, sous les titres, sans les modifier.",
            "2. Les colonnes dont le titre est en gras sont obligatoires, les autres peuvent rester vides.",
            "3. Enregistrez le fichier au format Excel (.xlsx).",
            f"4. Sur la plateforme, ouvrez « Gérer les {people} », puis « Importer des {people} ». "
            "« Vérifier sans importer » vous montre d'abord ce qui serait fait.",
        ],
        columns_for(kind),
        [[f"Mot de passe : {RULE}."], namesakes(kind)],
    )


def namesakes(kind: str) -> tuple[str, ...]:
    """Return the lines that say how the import knows who is who, and what to write where it cannot."""
    same = "de la même classe" if kind == Kind.STUDENT else "de l'établissement"
    return (
        "Si deux personnes portent le même nom, ou presque",
        "• Sans identifiant ni e-mail, une personne déjà enregistrée est reconnue à son nom et à son prénom.",
        "• Quand rien ne permet de savoir de qui il s'agit, l'importation le demande et ne change rien.",
        "• C'est la personne déjà enregistrée ? Écrivez son identifiant sur sa ligne : la liste exportée le donne.",
        "• C'est une autre personne ? Ajoutez aussi la ligne de celle qui est enregistrée, avec son identifiant.",
        f"• Deux nouvelles personnes {same} portent le même nom ? Donnez un identifiant à chacune.",
        "• Chaque personne a sa propre adresse e-mail, ou aucune : une adresse de famille ne sert qu'à une personne.",
    )
