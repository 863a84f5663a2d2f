"""The demonstration school: invented people, and workbooks to try. Nothing here is anybody's data."""

import datetime
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Kind, Student, Teacher, User
from accounts.names import username_stem
from imports.columns import columns_for
from imports.tables import writer
from imports.template import SHEET
from schools.models import Group, Membership, School, SchoolClass

CODE = "DEMO"
PASSWORD = "Demo-2026!"  # noqa: S105 - public on purpose, printed by `make run`.
CLASSES = (("6B", "6e"), ("6C", "6e"), ("5A", "5e"), ("4A", "4e"), ("3A", "3e"))
GROUPS = (("LATIN", "Latin"), ("CHORALE", "Chorale"), ("SOUTIEN", "Soutien en mathématiques"))
TEACHERS = (
    "Aubry Claire,Besson Karim,Chevalier Anne-Sophie,Delorme Étienne,Ferrand Leïla,Giraud Paul,"
    "Hamel Béatrice,Jacquet Nicolas"
)
STUDENTS = (
    "Aksoy Elif,Allard Noé,Bailly Inès,Barbier Jules,Baron Louise,Benali Yanis,Blanchard Chloé,Bouvier Hugo,"
    "Brun Manon,Carpentier Adam,Caron Léna,Charpentier Maël,Colin Zoé,Da Silva Tiago,David Camille,Deschamps Nina,"
    "Diallo Aminata,Dumas Théo,Dupuis Jeanne,Fabre Eliott,Fleury Romane,Gaillard Malo,Gauthier Éléonore,"
    "Germain Samuel,Haddad Sarah,Huet Gaspard,Jacob Ambre,Kaya Emre,Lacroix Faustine,Lambert Ethan,Le Goff Yann,"
    "Legrand Juliette,Lemaire Axel,Lopez Clara,Maillard Basile,Marchand Agathe,Martin Léo,Martin Léo,Meunier Rose,"
    "Millet Nathan,Moulin Capucine,N'Guyen Linh,Noël Tom,Olivier Maya,Pereira Diego,Perrot Lucie,Picard Antoine,"
    "Prévost Anouk,Renard Sacha,Rey Constance,Rolland Achille,Roussel Iris,Roy Gabin,Sanchez Lola,Schmitt Victor,"
    "Tessier Margaux,Traoré Moussa,Vasseur Élise,Vidal Raphaël,Weber Mathilde"
)
NEW_STUDENTS = (
    "Adam Lina,Arnaud Marius,Berger Apolline,Bonnet Ismaël,Bourgeois Alix,Charles Timéo,Clément Salomé,"
    "Cordier Oscar,Denis Charlie,Diop Fatou,Étienne Lou,Faure Augustin,Gomez Elena,Guérin Marceau,Hubert Joséphine,"
    "Joly Côme,Klein Suzanne,Leclerc Ayoub,Lefèvre Garance,Mathieu Robin,Mercier Alma,Morin Naël,Nicolas Victoire,"
    "Paris Solal,Petit-Jean Maëlys,Poirier Ulysse,Rivière Thaïs,Robin Ezio,Simon Philippine,Vincent Lazare"
)
NEW_TEACHERS = "Arnoux Sylvie,Bertin Marc,Cousin Nadia,Dufour Jean-Marie,Évrard Lucile,Poulain Hervé"


def pairs(names: str) -> list[tuple[str, ...]]:
    return [tuple(name.rsplit(" ", 1)) for name in names.split(",")]


class NotEmpty(Exception):
    """There are schools or accounts already: the demonstration stays away from them."""


@transaction.atomic
def load() -> School:
    """Create the school DEMO, its people and its operator; return the school. Raises NotEmpty."""
    if School.objects.exists() or User.objects.exists():
        raise NotEmpty
    school = School.objects.create(code=CODE, name="Collège Jean-Moulin, démonstration", city="Lyon")
    User.objects.create_superuser("operateur.demo", PASSWORD, last_name="Démonstration", first_name="Opérateur")
    administrator = User(username="admin.demo", last_name="Morel", first_name="Camille", email="admin.demo@example.org")
    administrator.set_password(PASSWORD)
    administrator.save()
    Membership.objects.create(user=administrator, school=school)

    classes = [
        SchoolClass.objects.create(school=school, code=code, name=f"{level} {code[-1]}", level=level)
        for code, level in CLASSES
    ]
    groups = [Group.objects.create(school=school, code=code, name=name) for code, name in GROUPS]
    people = [
        Teacher(school=school, kind=Kind.TEACHER, last_name=last_name, first_name=first_name)
        for last_name, first_name in pairs(TEACHERS)
    ]
    students = pairs(STUDENTS)
    people += [
        Student(
            school=school,
            kind=Kind.STUDENT,
            school_class=classes[rank % len(classes)],
            last_name=last_name,
            first_name=first_name,
        )
        for rank, (last_name, first_name) in enumerate(students)
    ]
    taken = set()
    for rank, person in enumerate(people):
        save_person(person, rank, taken)
        if rank % 4 == 0:
            person.groups.add(groups[rank // 4 % len(groups)])
    return school


def save_person(person: User, rank: int, taken: set[str]) -> None:
    stem = username_stem(person.last_name, person.first_name)
    person.username = stem if stem not in taken else f"{stem}2"
    taken.add(person.username)
    if person.kind == Kind.TEACHER:
        person.email = f"{stem}@example.org"
    if rank % 3 == 0:
        person.last_login = timezone.now() - timedelta(days=rank % 20, hours=rank % 7)
    person.save()
    person.give_initial_password()


# --- Workbooks to try ---------------------------------------------------------------------------------------
def write_workbooks() -> Path:
    """Write the sample workbooks into var/demo/; return their folder."""
    folder = settings.VAR_DIR / "demo"
    folder.mkdir(exist_ok=True)
    students = [
        {"last_name": last_name, "first_name": first_name, "school_class": CLASSES[rank % 2][0]}
        for rank, (last_name, first_name) in enumerate(pairs(NEW_STUDENTS))
    ]
    students[0] |= {"username": "lina.a"}
    students[1] |= {"email": "marius.arnaud@example.org"}
    students[2] |= {"password": "Apolline-2026"}
    students[3] |= {"groups": "LATIN ; CHORALE"}
    write(folder / "eleves-a-importer.xlsx", Kind.STUDENT, students)
    write(folder / "eleves-avec-erreurs.xlsx", Kind.STUDENT, wrong_students())
    teachers = [{"last_name": last_name, "first_name": first_name} for last_name, first_name in pairs(NEW_TEACHERS)]
    teachers[0] |= {"email": "sylvie.arnoux@example.org"}
    write(folder / "enseignants-a-importer.xlsx", Kind.TEACHER, teachers)
    return folder


def wrong_students() -> list[dict[str, Any]]:
    """Return rows that each break another rule, between two good ones."""
    fields = ("last_name", "first_name", "username", "email", "password", "school_class", "groups")
    rows = (
        ("Besnard", "Lilou", "", "", "", "6B", ""),
        ("", "Sans nom", "", "", "", "6B", ""),
        ("Classe", "Inconnue", "", "", "", "6Z", ""),
        ("Classe", "Absente", "", "", "", "", ""),
        ("Groupe", "Inconnu", "", "", "", "6B", "ÉCHECS"),
        ("Identifiant", "Impossible", "prénom nom", "", "", "6B", ""),
        ("Identifiant", "Déjà Pris", "admin.demo", "", "", "6B", ""),
        ("Adresse", "Fausse", "", "adresse.example.org", "", "6C", ""),
        ("Adresse", "Déjà Prise", "", "admin.demo@example.org", "", "6C", ""),
        ("Mot de passe", "Faible", "", "", "soleil", "6C", ""),
        ("Code", "Devenu Date", "", "", "", datetime.date(2026, 1, 6), ""),
        ("Deux", "Fois", "", "", "", "6C", ""),
        ("Deux", "Fois", "", "", "", "6C", ""),
        ("Martin", "Léo", "", "", "", "6B", ""),  # The school has two, in 6C and in 5A.
        ("Nom" + " très" * 30, "Long", "", "", "", "6C", ""),
        ("Ziegler", "Swann", "", "", "", "6C", ""),
    )
    return [dict(zip(fields, row, strict=True)) for row in rows]


def write(path: Path, kind: str, people: list[dict[str, Any]]) -> None:
    columns = columns_for(kind)
    rows = [[person.get(column.field) for column in columns] for person in people]
    path.write_bytes(writer.build(writer.List(SHEET[kind], columns, rows)))
