"""The columns of a workbook of people: one definition for template, reader and export. Plain Python, no Django."""

from imports.tables.columns import CODE, DATE, PASSWORD, Column, Layout, by_heading, heading_key

__all__ = ["COLUMNS", "STUDENT", "TEACHER", "Column", "column_by_heading", "columns_for", "heading_key", "layout_for"]

STUDENT, TEACHER = "student", "teacher"


COLUMNS = (
    Column("last_name", "Nom", "Nom de famille. Obligatoire.", ("Nom de famille", "Nom élève", "Nom de l'élève",
        "Nom enseignant", "Nom de l'enseignant", "Noms", "Last name"), required=True, example="MARTIN"),
    Column("first_name", "Prénom", "Prénom usuel. Obligatoire.", ("Prénom usuel", "Prénom 1", "Prénom élève",
        "Prénom de l'élève", "Prénom enseignant", "Prénom de l'enseignant", "Prénoms", "First name"),
        required=True, example="Zoé"),
    Column("username", "Identifiant", "Ce que la personne tape pour se connecter. Laissez vide : "
        "prenom.nom est créé pour vous.", ("Login", "Nom d'utilisateur", "Identifiant de connexion", "Username"),
        width=24, example="zoe.martin"),
    Column("email", "Email", "Facultatif. Permet de se connecter et de choisir un nouveau mot de passe en cas "
        "d'oubli.", ("E-mail", "Mail", "Courriel", "Adresse e-mail", "Adresse mail", "Adresse email",
        "Adresse électronique", "Mél", "Adresse mél", "Adresse de messagerie"),
        max_length=254, width=30, example="zoe.martin@exemple.fr"),
    Column("password", "Mot de passe", "Laissez vide : un mot de passe est créé pour vous. Sinon : au moins "
        "8 caractères, 1 majuscule, 1 minuscule, 1 chiffre et 1 caractère spécial.", ("Password", "MDP",
        "Mot de passe initial"), value=PASSWORD, max_length=128, width=24, example="Crayon-482"),
    Column("school_class", "Code classe", "Le code d'une classe de l'établissement. Obligatoire.", ("Classe",
        "Classes", "Code de la classe", "Division", "Code division", "Div."), kinds=(STUDENT,), required=True,
        value=CODE, max_length=30, width=14,
        if_missing="si c'est la liste des enseignants, importez-la depuis « Enseignants »", is_sheet_name=True,
        example="6A"),
    Column("groups", "Code groupe", "Facultatif. Plusieurs codes se séparent par un point-virgule ou "
        "un retour à la ligne.", ("Groupe", "Groupes", "Codes groupes", "Codes groupe", "Code groupes",
        "Code du groupe"), value=CODE, several=True, max_length=4000, width=18, example="LATIN ; CHORALE"),
    Column("created_at", "Date de création", "Remplie par la plateforme, ignorée à l'importation.",
        ("Créé le", "Date création"), value=DATE, width=18, read=False, example="(laissez vide)"),
    Column("updated_at", "Date de modification", "Remplie par la plateforme, ignorée à l'importation.",
        ("Modifié le", "Date modification"), value=DATE, width=18, read=False, example="(laissez vide)"),
)  # fmt: skip


def columns_for(kind: str) -> list[Column]:
    """Return the columns of the template of `kind`, in order."""
    return [column for column in COLUMNS if not column.kinds or kind in column.kinds]


def column_by_heading(kind: str) -> dict[str, Column]:
    """Return {heading key: Column} for headings and synonyms; a heading of the other kind's column is unknown."""
    return by_heading(columns_for(kind))


def layout_for(kind: str) -> Layout:
    """Return what the reader needs to know of a list of `kind`."""
    other = STUDENT if kind == TEACHER else TEACHER
    return Layout(
        tuple(columns_for(kind)),
        foreign=PUPILS_ONLY if kind == TEACHER else {},
        own=WORDS[kind],
        other=WORDS[other],
        if_other=f"{other_list(kind, '{}')} Si ce n'est pas le cas, corrigez ce nom, puis importez à nouveau.",
    )


# How the name of a file or a sheet, or a title, says whose list it is. A class list names its “Professeur principal”.
WORDS = {
    STUDENT: r"\b(eleves|etudiants|lyceens|collegiens|ecoliers|apprenants)\b",
    TEACHER: r"\b(enseignants|enseignantes|professeurs|profs)\b(?! *(principa|:))",
}
PEOPLE = {STUDENT: "élèves", TEACHER: "enseignants"}


def other_list(kind: str, reason: str) -> str:
    """Return the sentence that refuses a list of the other kind than `kind`, for `reason`."""
    asked, found = PEOPLE[kind], PEOPLE[STUDENT if kind == TEACHER else TEACHER]
    return (
        f"Ce fichier semble être la liste des {found}, pas celle des {asked} ({reason}) : importez-le depuis "
        f"« {found.capitalize()} »."
    )


IGNORED = "n'existe que pour les élèves : elle a été ignorée ; vérifiez que ce fichier est bien celui des enseignants"
PUPILS_ONLY = {
    heading: IGNORED
    for column in COLUMNS
    if column.kinds == (STUDENT,)
    for heading in (column.heading, *column.synonyms)
}
