"""What the planning of an import tells of the rows of its file."""

from imports.steps.person import Person
from imports.tables.problems import ERROR, WARNING, Problem


class Notes:
    """`problems`: errors and warnings. `wrong`: numbers of the rows with an error."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.wrong: set[int] = set()

    def report(self, person: Person, column: str, value: str, code: str, message: str) -> None:
        self.wrong.add(person.row)
        self.problems.append(Problem(person.row, column, value, code, message, ERROR))

    def warn(self, person: Person, column: str, value: str, code: str, message: str) -> None:
        self.problems.append(Problem(person.row, column, value, code, message, WARNING))
