"""Nobody is taken for another in a school's year: lists of whole simulated schools through the real planner."""

import pytest

from imports.tests.simulation import SimulatedSchool, Verdict, judge

pytestmark = pytest.mark.django_db

SCHOOLS = 40


def play(seeds):
    """Return {scenario: Verdict} over the schools of these seeds."""
    verdicts = {}
    for seed in seeds:
        school = SimulatedSchool(seed)
        school.save()
        next_year = school.next_year()
        monthly = school.monthly()
        lists = {
            "rentrée": next_year,
            "rentrée, 1 % de noms mal tapés": school.mistyped(next_year),
            "liste du mois": school.without_logins(monthly),
            "liste du mois, avec identifiants": monthly,
            "changements de classe": school.changes_alone(),
        }
        for scenario, lines in lists.items():
            verdicts.setdefault(scenario, Verdict()).add(judge(school, lines))
    return verdicts


def test_a_year_of_two_schools():
    verdicts = play([101, 102])
    assert [verdict.merged for verdict in verdicts.values()] == [[]] * len(verdicts)
    for scenario, verdict in verdicts.items():
        assert verdict.whole_file == [], scenario
        assert len(verdict.asked) <= (40 if "mal tapés" in scenario else 6), (scenario, verdict.asked)
        assert len(verdict.doubled) <= (4 if "mal tapés" in scenario else 0), (scenario, verdict.doubled)
    assert len(verdicts["rentrée, 1 % de noms mal tapés"].asked) >= 2, "what is mistyped is seen"


@pytest.mark.hard
def test_a_year_of_forty_schools(tried):
    verdicts = play(range(SCHOOLS))
    for scenario, verdict in verdicts.items():
        tried(f"année scolaire simulée : {scenario}", f"{SCHOOLS} collèges de 600 élèves", verdict.sentence)
    assert [verdict.merged for verdict in verdicts.values()] == [[]] * len(verdicts)
    assert not any(verdict.whole_file for verdict in verdicts.values())
    clean, mistyped = verdicts["rentrée"], verdicts["rentrée, 1 % de noms mal tapés"]
    assert clean.doubled == []
    assert len(clean.asked) <= 0.002 * clean.rows
    assert len(mistyped.doubled) <= 0.001 * mistyped.known
    assert len(mistyped.asked) <= 0.0125 * mistyped.known
    for scenario in ("liste du mois", "liste du mois, avec identifiants"):
        assert (verdicts[scenario].asked, verdicts[scenario].doubled) == ([], []), scenario
    # Of two namesakes, a list that holds one of them under a new class cannot tell which: that alone is asked.
    changes = verdicts["changements de classe"]
    assert (changes.doubled, changes.needless) == ([], [])
    assert len(changes.asked) <= 2
