"""Which tables of a file are the list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from imports.tables.columns import Column, Layout, heading_key
from imports.tables.evidence import Evidence
from imports.tables.headings import (
    Header,
    double_column,
    header_of,
    is_help,
    missing_column,
    no_header,
    unknown_column,
)
from imports.tables.problems import WARNING, Problem, Refused, SheetRow, file_problem
from imports.tables.table import Table

MAX_UNKNOWN = 50  # A planning of a whole year may stand beside the list.


@dataclass(slots=True)
class Choice:
    """The list: on one table, or on several with the same headings. `problems`: what to tell of it.

    `named`: the column whose value is the name of each table, if there is no such column; `missing`: what to say if
    the names are no such values.
    """

    headers: list[Header]
    problems: list[Problem]
    named: Column | None = None
    missing: list[Problem] = field(default_factory=list)


def find_list(tables: Sequence[Table], layout: Layout, filename: str) -> Choice:
    """Return the tables to read, and what to tell of them. `filename`: the user's own name for it. Raises Refused."""
    headers, far = _headers(tables, layout)
    of_kind = [header for header in headers if header.evidence.sign >= 0]
    # A sheet that explains, complete with an example, does not replace an incomplete list.
    complete = [h for h in of_kind if not h.missing and (h is headers[0] or not is_help(h.table))]
    lists = complete or [h for h in of_kind if _is_named(h) and not far]
    if not lists:
        _refuse(headers, of_kind, far, layout, filename)
    best = max(lists, key=_rank)  # The first of equals.
    chosen = [header for header in lists if header is best or _continues(header, best)]
    if len(chosen) > 1:
        for place, header in enumerate(chosen):
            header.first_row = place * SheetRow.SPAN
    _refuse_other_kind(chosen, layout, filename)
    doubles = [
        double_column(header, column, places)
        for header in chosen
        for column, places in header.places.items()
        if column.read and len(places) > 1
    ]
    if doubles:
        raise Refused(*doubles)
    others = [_other_sheet(best, header) for header in complete if header not in chosen and _has_rows(header)]
    choice = Choice(chosen, [*others, *_unknown(chosen, layout)])
    if best.missing:
        choice.named, choice.missing = best.missing[0], [missing_column(best, column) for column in best.missing]
    return choice


def _headers(tables: Sequence[Table], layout: Layout) -> tuple[list[Header], Problem | None]:
    """Return the headers of the tables that may be the list, and what to say of one that is too large to be read."""
    headers: list[Header] = []
    far, all_empty = None, True
    # The sheet that explains and those that nobody sees are looked at last, and only if there is no list before.
    for table in sorted(tables, key=lambda table: (is_help(table), not table.visible)):
        if (is_help(table) or not table.visible) and any(not h.missing and h.evidence.sign >= 0 for h in headers):
            break
        if table.facts.far:
            far = far or _far(table)
        elif table.last_row:
            all_empty = False
            if header := header_of(table, layout):
                headers.append(header)
    if all_empty and not far:
        raise Refused(
            file_problem("empty", "Ce classeur est vide : remplissez le modèle à télécharger, puis importez-le.")
        )
    return headers, far


def _refuse(headers: list[Header], of_kind: list[Header], far: Problem | None, layout: Layout, filename: str) -> None:
    """Raise Refused for a file in which no header is complete, but perhaps one of the other kind."""
    of_other = [header for header in headers if not header.missing and header.evidence.sign < 0]
    if of_other and not any(header.evidence.sign > 0 for header in of_kind):
        raise of_other[0].evidence.refusal(layout)
    if far:
        raise Refused(far)
    if not headers:
        raise Refused(no_header(layout))
    best = next(iter(of_kind), headers[0])
    _refuse_other_kind([best], layout, filename)
    raise Refused(*(missing_column(best, column) for column in best.missing))


def _refuse_other_kind(headers: list[Header], layout: Layout, filename: str) -> None:
    evidence = sum((header.evidence for header in headers), Evidence.of_name(layout, "le nom du fichier", filename))
    if evidence.sign < 0:
        raise evidence.refusal(layout)


def _is_named(header: Header) -> bool:
    """Tell whether only a column is missing whose value may be the name of the sheet."""
    return (
        [column.is_sheet_name for column in header.missing] == [True]
        and header.table.visible
        and not is_help(header.table)
        and _has_rows(header)
        and not any(_resembles(heading, header.missing[0]) for heading in header.unknown)
    )


def _resembles(heading: str, column: Column) -> bool:
    """Tell whether a heading that is not known may be meant for `column`: “Clase”, “Classe de rattachement”."""
    key, names = heading_key(heading), [heading_key(name) for name in (column.heading, *column.synonyms)]
    return any(name in key for name in names if len(name) > 3) or bool(get_close_matches(key[:60], names, 1, 0.75))


def _rank(header: Header) -> tuple[bool, bool]:
    """Return how well a header fits: what says that it is of this kind, then no column of the other kind."""
    return header.evidence.sign > 0, header.foreign is None


def _continues(header: Header, best: Header) -> bool:
    """Tell whether a sheet is more of the same list, as where each class has its sheet."""
    return (
        _has_rows(header)
        and set(header.places) == set(best.places)
        and (header.foreign is None) == (best.foreign is None)
    )


def _has_rows(header: Header) -> bool:
    return header.table.last_row > header.row


def _unknown(headers: list[Header], layout: Layout) -> list[Problem]:
    """Return what to say of the headings that are not known, of several sheets once."""
    foreign = {heading_key(heading): remark for heading, remark in layout.foreign.items()}
    problems: list[Problem] = []
    seen: set[str] = set()
    for header in headers:
        new = [heading for heading in header.unknown if heading_key(heading) not in seen]
        problems += [unknown_column(header, heading, foreign) for heading in new]
        seen.update(map(heading_key, new))
    if len(problems) > MAX_UNKNOWN:
        problems[MAX_UNKNOWN:] = [_more_unknown(headers[0], len(problems) - MAX_UNKNOWN)]
    return problems


def _more_unknown(header: Header, count: int) -> Problem:
    message = (
        "Une autre colonne n'est pas connue : elle a été ignorée."
        if count == 1
        else f"{count} autres colonnes ne sont pas connues : elles ont été ignorées."
    )
    return Problem(header.shown_row, "", "", "unknown_column", message, WARNING)


def _other_sheet(best: Header, other: Header) -> Problem:
    return Problem(
        None,
        "",
        "",
        "other_sheet",
        f"La feuille « {other.table.name} » porte aussi les titres attendus mais n'a pas été lue (seule "
        f"« {best.table.name} » l'a été) : copiez ses lignes dans la première feuille si elles doivent être importées.",
        WARNING,
    )


def _far(table: Table) -> Problem:
    message = (
        f"La feuille « {table.name} » est trop étendue pour être lue : elle est remplie jusqu'en {table.facts.far}. "
        "Copiez les seules lignes et colonnes de votre liste dans le modèle à télécharger, puis importez-le."
    )
    if table.facts.is_alone:
        message = (
            f"La feuille « {table.name} » contient une valeur isolée très loin des autres, en {table.facts.far} : "
            "effacez-la (la touche F5 mène à une cellule), ou copiez vos lignes dans le modèle à télécharger, puis "
            "importez à nouveau."
        )
    return file_problem("too_large", message)
