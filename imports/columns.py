"""The columns of a workbook of people: one definition for template, reader and export. Plain Python, no Django."""

import re
import unicodedata
from dataclasses import dataclass

STUDENT, TEACHER = "student", "teacher"


@dataclass(frozen=True)
class Column:
    """`field`: name in code. `heading`: what the template shows. `synonyms`: other headings that mean it."""

    field: str
    heading: str
    help: str
    synonyms: tuple = ()
    kinds: tuple = (STUDENT, TEACHER)
    required: bool = False
    is_code: bool = False
    max_length: int = 100
    width: int = 20
    read: bool = True


COLUMNS = (
    Column("last_name", "Nom", "Nom de famille. Obligatoire.", ("Nom de famille", "Nom élève", "Nom de l'élève",
        "Nom enseignant", "Nom de l'enseignant", "Noms", "Last name"), required=True),
    Column("first_name", "Prénom", "Prénom usuel. Obligatoire.", ("Prénom usuel", "Prénom 1", "Prénom élève",
        "Prénom de l'élève", "Prénom enseignant", "Prénom de l'enseignant", "Prénoms", "First name"), required=True),
    Column("username", "Identifiant", "Ce que la personne tape pour se connecter. Laissez vide : "
        "prenom.nom est créé pour vous.", ("Login", "Nom d'utilisateur", "Identifiant de connexion", "Username"),
        width=24),
    Column("email", "Email", "Facultatif. Permet de se connecter et de choisir un nouveau mot de passe en cas "
        "d'oubli.", ("E-mail", "Mail", "Courriel", "Adresse e-mail", "Adresse mail", "Adresse email",
        "Adresse électronique", "Mél", "Adresse mél", "Adresse de messagerie"), max_length=254, width=30),
    Column("password", "Mot de passe", "Laissez vide : un mot de passe est créé pour vous. Sinon : au moins "
        "8 caractères, 1 majuscule, 1 minuscule, 1 chiffre et 1 caractère spécial.", ("Password", "MDP",
        "Mot de passe initial"), max_length=128, width=24),
    Column("school_class", "Code classe", "Le code d'une classe de l'établissement. Obligatoire.", ("Classe",
        "Classes", "Code de la classe", "Division", "Code division", "Div."), kinds=(STUDENT,), required=True,
        is_code=True, max_length=30, width=14),
    Column("groups", "Code groupe", "Facultatif. Plusieurs codes se séparent par un point-virgule ou "
        "un retour à la ligne.", ("Groupe",
        "Groupes", "Codes groupes", "Codes groupe", "Code groupes", "Code du groupe"), is_code=True,
        max_length=4000, width=18),
    Column("created_at", "Date de création", "Remplie par la plateforme, ignorée à l'importation.",
        ("Créé le", "Date création"), width=18, read=False),
    Column("updated_at", "Date de modification", "Remplie par la plateforme, ignorée à l'importation.",
        ("Modifié le", "Date modification"), width=18, read=False),
)  # fmt: skip


def columns_for(kind):
    """Return the columns of the template of `kind`, in order."""
    return [column for column in COLUMNS if kind in column.kinds]


def heading_key(heading):
    """Return the form in which two headings are compared: letters and digits only, no case, no accents."""
    text = unicodedata.normalize("NFKD", heading.casefold())
    return re.sub(r"[^a-z0-9]+", "", text)


def column_by_heading(kind):
    """Return {heading key: Column} for headings and synonyms; a heading of the other kind's column is unknown."""
    return {heading_key(name): column for column in columns_for(kind) for name in (column.heading, *column.synonyms)}
