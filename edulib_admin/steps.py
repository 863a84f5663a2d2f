"""The four steps of the help page, as the dashboard shows them: what is done, what comes next."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """`state` is "done", "next" (the first that is not done) or "later"."""

    number: int
    key: str
    title: str
    state: str

    @property
    def template(self) -> str:
        return f"edulib_admin/includes/step_{self.key}.html"


TITLES = {
    "classes": "Créer les classes",
    "files": "Préparer les fichiers d'import",
    "import": "Importer les enseignants et les élèves",
    "licences": "Attribuer les manuels",
}


def steps(*, class_count: int, import_count: int, heads: dict[str, int], seats_given: int) -> list[Step]:
    """Return the steps of a school.

    `class_count`, `import_count` (successful imports of people), `seats_given`: numbers; `heads`: see
    `School.head_count`. Accounts that were added one by one count as well: nothing is left to import.
    """
    people_exist = bool(heads["students"] and heads["teachers"])
    done = {
        "classes": bool(class_count),
        "files": people_exist or bool(import_count),
        "import": people_exist,
        "licences": bool(seats_given),
    }
    following = next((key for key in TITLES if not done[key]), None)
    return [
        Step(number, key, title, "done" if done[key] else "next" if key == following else "later")
        for number, (key, title) in enumerate(TITLES.items(), start=1)
    ]
