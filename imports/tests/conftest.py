import pytest

from imports.tests.roll import Roll


@pytest.fixture
def roll(school, monkeypatch):
    """The accounts of Alice's school, and imports without a workbook."""
    return Roll(school, monkeypatch)
