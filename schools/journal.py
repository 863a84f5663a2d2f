"""The journal: who did which sensitive act, where. Lines of the log today; a table can stand behind `journal` later."""

import logging

from django.db.models import Model

from schools.models import School

logger = logging.getLogger("edulib.journal")


def journal(event: str, /, **facts: Model | str | int | None) -> None:
    """Note one act: `journal("person_added", school=school, kind=kind, user=user, person=person)`.

    Call it inside the transaction of the act, in the function that holds it, so that both remain or neither. `user` is
    who acts (None: the command line). A school is noted by its code, other rows by their numbers.
    """
    logger.info("event=%s%s", event, "".join(f" {name}={noted(fact)}" for name, fact in facts.items()))


def noted(fact: Model | str | int | None) -> str:
    if isinstance(fact, School):
        return fact.code
    return str(fact.pk) if isinstance(fact, Model) else "-" if fact is None else str(fact)
