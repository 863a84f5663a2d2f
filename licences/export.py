"""The use report as a workbook: one sheet per licence, per class, per person."""

from collections.abc import Iterator, Sequence

from imports.export import local
from imports.tables import writer
from imports.tables.columns import DATE, NUMBER, Column
from licences import use
from licences.models.licences import LicenceQuerySet

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def text(heading: str, width: int = 19) -> Column:
    return Column(heading, heading, width=width)


def number(heading: str) -> Column:
    return Column(heading, heading, value=NUMBER, width=19)


def moment(heading: str) -> Column:
    return Column(heading, heading, value=DATE, width=19)


LICENCE = (text("Libellé", 32), text("Public"), text("Commande"), moment("Fin de validité"))
USED = (number("Ouvertes au moins une fois"), moment("Dernière ouverture"))
BY_LICENCE = (*LICENCE, number("Achetées"), number("Affectées"), *USED)
BY_CLASS = (*LICENCE, text("Classe"), number("Affectées"), *USED)
BY_PERSON = (
    *LICENCE, text("Nom"), text("Prénom"), text("Identifiant"), text("Classe"), moment("Affectée le"),
    number("Ouvertures"), moment("Dernière ouverture"),
)  # fmt: skip

Row = Sequence[writer.Written]


def build(licences: LicenceQuerySet) -> bytes:
    """Return the bytes of the workbook of the use of `licences`, a queryset with textbooks."""
    used = list(use.by_licence(licences))
    names = {
        licence.pk: (
            licence.textbook.title,
            licence.get_audience_display(),
            licence.order_reference,
            licence.valid_until,
        )
        for licence in used
    }
    by_licence = ((*names[each.pk], each.seats, each.assigned, each.opened, local(each.last_opened)) for each in used)
    return writer.build(
        writer.List("Par licence", BY_LICENCE, by_licence),
        writer.List("Par classe", BY_CLASS, rows_by_class(licences, names)),
        writer.List("Par personne", BY_PERSON, rows_by_person(licences, names)),
    )


def rows_by_class(licences: LicenceQuerySet, names: dict[int, Row]) -> Iterator[Row]:
    for row in use.by_class(licences):
        yield *names[row["licence_id"]], row["code"], row["assigned"], row["opened"], local(row["last_opened"])


def rows_by_person(licences: LicenceQuerySet, names: dict[int, Row]) -> Iterator[Row]:
    for each in use.by_person(licences).iterator(chunk_size=2000):
        person = each.user
        yield (
            *names[each.licence_id],
            person.last_name,
            person.first_name,
            person.username,
            person.school_class.code if person.school_class else None,
            local(each.given_at),
            each.opened_count,
            local(each.last_opened_at),
        )
