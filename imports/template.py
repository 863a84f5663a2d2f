"""The template workbook: what an import expects, ready to be filled in Excel or LibreOffice."""

from io import BytesIO

from django.conf import settings
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from accounts.models import Kind
from accounts.passwords import RULE
from imports.columns import columns_for

TEXT = "@"
PEOPLE = {Kind.STUDENT: "élèves", Kind.TEACHER: "enseignants"}
SHEET = {Kind.STUDENT: "Élèves", Kind.TEACHER: "Enseignants"}
EXAMPLES = {
    "last_name": "MARTIN",
    "first_name": "Zoé",
    "username": "zoe.martin",
    "email": "zoe.martin@exemple.fr",
    "password": "Crayon-482",
    "school_class": "6A",
    "groups": "LATIN ; CHORALE",
    "created_at": "(laissez vide)",
    "updated_at": "(laissez vide)",
}
HEADER_FILL = PatternFill("solid", start_color="FFDCE6F5")
HEADER_BORDER = Border(bottom=Side("medium", color="FF1F4B99"))


def build(school, kind):
    """Return the template of `kind` as bytes, with the drop-downs of `school` (None: without)."""
    workbook = Workbook()
    sheet = workbook.active
    dress(sheet, kind)
    explain(workbook.create_sheet("Mode d'emploi"), kind)
    if school:
        add_lists(workbook, sheet, school, kind)
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def dress(sheet, kind):
    """Give an empty `sheet` (write-only or not) its header and make all its columns text.

    The style belongs to the whole column, so it also holds for the rows that the user types: Excel never makes a
    date of 6-1 nor drops the zero of 0612.
    """
    sheet.title = SHEET[kind]
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    header = []
    for number, column in enumerate(columns_for(kind), 1):
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = column.width
        dimension.number_format = TEXT
        cell = text_cell(sheet, column.heading)
        cell.font = Font(bold=column.required)
        cell.fill = HEADER_FILL
        cell.border = HEADER_BORDER
        cell.alignment = Alignment(vertical="center")
        header.append(cell)
    sheet.append(header)


def text_cell(sheet, value):
    """Return a cell that holds `value` as text, whatever it looks like (=1+1, #N/A, 6-1)."""
    cell = WriteOnlyCell(sheet)
    cell.number_format = TEXT
    set_text(cell, value)
    return cell


def set_text(cell, value):
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell.data_type = "s"  # After the value, from which openpyxl has just guessed a formula or an error.


def explain(sheet, kind):
    """Fill the sheet that explains each column."""
    people = PEOPLE[kind]
    lines = [
        f"Comment remplir la liste des {people}",
        f"1. Remplissez la feuille « {SHEET[kind]} » : une ligne par personne, sous les titres, sans les modifier.",
        "2. Les colonnes dont le titre est en gras sont obligatoires, les autres peuvent rester vides.",
        "3. Enregistrez le fichier au format Excel (.xlsx).",
        f"4. Sur la plateforme, ouvrez « Gérer les {people} », puis « Importer des {people} ». "
        "« Vérifier sans importer » vous montre d'abord ce qui serait fait.",
    ]
    for line in lines:
        sheet.append([line])
    sheet.append([])
    sheet.append(["Colonne", "Obligatoire ?", "Que saisir", "Exemple"])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
        cell.fill = HEADER_FILL
        cell.border = HEADER_BORDER
    for number, column in enumerate(columns_for(kind), 1):
        sheet.append(
            [
                # With its letter in front, so that nobody, reader included, takes it for the heading itself.
                f"{get_column_letter(number)} – {column.heading}",
                "oui" if column.required else "non",
                column.help,
                EXAMPLES[column.field],
            ]
        )
        row = sheet[sheet.max_row]
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        row[0].font = Font(bold=column.required)
        row[3].number_format = TEXT
    sheet.append([])
    sheet.append([f"Mot de passe : {RULE}."])
    sheet.append([])
    title, *advice = namesakes(kind)
    sheet.append([title])
    sheet.cell(sheet.max_row, 1).font = Font(bold=True)
    for line in advice:
        sheet.append([line])
    sheet["A1"].font = Font(bold=True, size=14)
    for letter, width in zip("ABCD", (26, 14, 70, 26), strict=True):
        sheet.column_dimensions[letter].width = width


def namesakes(kind):
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


def add_lists(workbook, sheet, school, kind):
    """Offer the school's class and group codes as drop-downs of `sheet`."""
    codes = {
        "school_class": list(school.schoolclass_set.values_list("code", flat=True)),
        "groups": list(school.group_set.values_list("code", flat=True)),
    }
    # Excel's own limit for a list written into the rule is 255 characters: the codes stand on a hidden sheet.
    lists = workbook.create_sheet("Listes")
    lists.sheet_state = "hidden"
    last_row = settings.IMPORT_MAX_ROWS + 1
    for number, column in enumerate(columns_for(kind), 1):
        if not codes.get(column.field):
            continue
        position = lists.max_column + 1 if lists["A1"].value else 1
        for row, code in enumerate(codes[column.field], 1):
            cell = lists.cell(row, position)
            cell.number_format = TEXT
            set_text(cell, code)
        letter = get_column_letter(position)
        rule = DataValidation(
            "list", formula1=f"Listes!${letter}$1:${letter}${len(codes[column.field])}", allow_blank=True
        )
        if column.field == "groups":
            rule.showErrorMessage = False  # Several codes may be typed.
        else:
            rule.showErrorMessage = True
            rule.errorStyle = "warning"
            rule.errorTitle = "Code classe inconnu"
            rule.error = "Aucune classe de l'établissement n'a ce code. Choisissez un code dans la liste."
        rule.add(f"{get_column_letter(number)}2:{get_column_letter(number)}{last_row}")
        sheet.add_data_validation(rule)
