import io
import zipfile
from datetime import date

import pytest
from django.core.management import call_command

from imports.tests.bad_files import ole
from licences.models import Licence, Textbook
from licences.orders import import_orders
from licences.rules import add_rule
from licences.seats import assign
from licences.tests.orders import HEADINGS, LINE, order


def test_creates_catalogue_and_licences(school, other_school):
    report = import_orders(
        order({}, {"Public": "enseignants", "Quantité": 3}, {"Code établissement": "0690002b", "Quantité": "12"})
    )
    assert not report.problems
    assert report.sentence == "3 licences créées, 0 modifiée, 0 inchangée ; 1 manuel ajouté au catalogue."
    licence = school.licences.get(audience="student")
    assert (licence.seats, licence.valid_from, licence.valid_until) == (30, date(2026, 9, 1), date(2027, 8, 31))
    assert licence.order_reference == "CMD-1"
    book = licence.textbook
    assert (book.isbn, book.title, book.publisher) == ("9782011000019", "Maths 6e", "Éditions du Pré")
    assert (book.subject, book.level, book.url) == ("Mathématiques", "6e", "https://manuels.example.org/maths-6e")
    assert other_school.licences.get().seats == 12
    assert school.licences.get(audience="teacher").seats == 3


def test_the_same_file_twice_changes_nothing(school):
    import_orders(order({}, {"Public": "enseignant"}))
    report = import_orders(order({}, {"Public": "enseignant"}))
    assert report.sentence == "0 licence créée, 0 modifiée, 2 inchangées."
    assert Licence.objects.count() == 2


def test_another_reference_is_another_licence(school):
    import_orders(order({}))
    assert import_orders(order({"Référence de commande": "CMD-2"})).created == 1
    assert import_orders(order({"Référence de commande": "cmd-1"})).unchanged == 1


def test_new_quantity_dates_and_title(school):
    import_orders(order({}))
    report = import_orders(order({"Quantité": 35, "Fin": date(2028, 8, 31), "Titre": "Maths, sixième"}))
    assert (report.created, report.updated) == (0, 1)
    licence = Licence.objects.get()
    assert (licence.seats, licence.valid_until) == (35, date(2028, 8, 31))
    assert licence.textbook.title == "Maths, sixième"
    import_orders(order({"Quantité": 35, "Fin": "2028-08-31", "Titre": "Maths, sixième", "Adresse": None}))
    assert Textbook.objects.get().url == LINE["Adresse"]


def test_more_seats_serve_those_who_wait(school, class_6a, make_pupils):
    import_orders(order({"Quantité": 2, "Fin": "31/08/2099"}))
    make_pupils(5)
    add_rule(Licence.objects.get(), school_class=class_6a)
    report = import_orders(order({"Quantité": 4, "Fin": "31/08/2099"}))
    assert report.served == 2
    assert Licence.objects.get().assigned == 4
    assert "2 personnes en attente ont reçu leur licence" in report.sentence


def test_fewer_seats_than_assigned(school, make_pupils):
    import_orders(order({"Fin": "31/08/2099"}))
    assign(Licence.objects.get(), make_pupils(28))
    report = import_orders(order({"Référence de commande": "CMD-9"}, {"Quantité": 25, "Fin": "31/08/2099"}))
    problem = report.problems[0]
    assert (problem.row, problem.column, problem.value) == (3, "Quantité", "25")
    assert "28 licences sont affectées : il en manquerait 3" in problem.message
    assert Licence.objects.get().seats == 30


def test_all_errors_at_once_with_their_rows(school):
    report = import_orders(
        order(
            {},
            {"Code établissement": "INCONNU"},
            {"ISBN": "9782011000018"},
            {"ISBN": "97820"},
            {"Titre": None},
            {"Public": "parents"},
            {"Quantité": 0},
            {"Quantité": "beaucoup", "Référence de commande": ""},
            {"Début": "bientôt"},
            {"Début": "01/09/2027", "Fin": "01/09/2026"},
            {"Adresse": "http://example.org/"},
            {"Référence de commande": "cmd-1"},
            {"Référence de commande": "CMD-3", "Titre": "Autre titre"},
            {"Niveau": date(2026, 6, 1), "Référence de commande": "CMD-4"},
            {"Éditeur": "x" * 101, "Référence de commande": "CMD-5"},
            before=[["Commande de rentrée"], []],
        )
    )
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (5, "Code établissement"),
        (6, "ISBN"),
        (7, "ISBN"),
        (8, "Titre"),
        (9, "Public"),
        (10, "Quantité"),
        (11, "Quantité"),
        (11, "Référence de commande"),
        (12, "Début"),
        (13, "Fin"),
        (14, "Adresse"),
        (15, "Référence de commande"),
        (16, "Titre"),
        (17, "Niveau"),
        (18, "Éditeur"),
    ]
    assert "ligne 4" in report.problems[11].message
    assert not Licence.objects.exists()
    assert not Textbook.objects.exists()


def test_a_cell_that_cannot_be_read_is_told_once(school):
    report = import_orders(order({}, {"Titre": '="Maths"', "Référence de commande": "CMD-2"}))
    (problem,) = report.problems
    assert (problem.row, problem.column) == (3, "Titre")
    assert "formule sans résultat" in problem.message


def bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b" " * (41 * 1024 * 1024))
    return file


def without_parts():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return file


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (lambda: io.BytesIO(b"Code;ISBN\n"), "n'est pas un classeur Excel"),
        (lambda: io.BytesIO(b""), "n'est pas un classeur Excel"),
        (lambda: io.BytesIO(order({}).getvalue()[:2000]), "n'est pas un classeur Excel"),
        (lambda: io.BytesIO(b"PK" + b"0" * 6_000_000), "dépasse 5 Mo"),
        (without_parts, "endommagé"),
        (bomb, "trop volumineux"),
        (lambda: order(headings=["Nom", "Prénom"]), "titres de colonnes manquent"),
        (lambda: order({}, headings=HEADINGS[:-3]), "Il manque les colonnes : Fin, Référence de commande"),
        (lambda: order({}, headings=[*HEADINGS, "EAN"]), "« ISBN » figure deux fois"),
        (lambda: order(), "aucune ligne"),
        (lambda: io.BytesIO(ole("EncryptionInfo", "EncryptedPackage")), "protégé par un mot de passe"),
    ],
)
def test_files_that_are_no_order(db, file, said):
    report = import_orders(file())
    assert [problem.row for problem in report.problems] == [None]
    assert said in report.problems[0].message


def test_few_queries(school, django_assert_max_num_queries):
    lines = [{"Référence de commande": f"CMD-{number}"} for number in range(60)]
    with django_assert_max_num_queries(12):
        assert import_orders(order(*lines)).created == 60
    with django_assert_max_num_queries(12):
        assert import_orders(order(*lines)).unchanged == 60


def test_command(school, tmp_path, capsys):
    path = tmp_path / "commande.xlsx"
    path.write_bytes(order({}).getvalue())
    call_command("import_orders", str(path))
    assert "1 licence créée" in capsys.readouterr().out
    path.write_bytes(order({"Quantité": "x"}).getvalue())
    with pytest.raises(SystemExit) as ended:
        call_command("import_orders", str(path))
    assert ended.value.code == 1
    assert "Ligne 2, Quantité" in capsys.readouterr().out
