import pytest
from django.core.exceptions import ValidationError

from accounts import passwords
from accounts.passwords import RUDE, SPECIAL, ProductRuleValidator, generate_password, is_strong

GENERATED = [generate_password() for _ in range(5000)]


def test_generated_follow_the_rule():
    assert all(is_strong(password) for password in GENERATED)


def test_generated_are_short_and_different():
    assert max(map(len, GENERATED)) <= 18
    assert len(set(GENERATED)) == len(GENERATED)


def test_generated_hold_nothing_easily_mistaken():
    assert not set("".join(GENERATED)) & set("0O1lI")


def test_generated_are_not_rude_across_syllables_and_hyphens():
    for password in GENERATED:
        letters = "".join(char for char in password.lower() if char.isalpha())
        assert not [word for word in RUDE if word in letters]


def test_rude_words_are_lower_case_letters():
    assert all(word.isalpha() and word == word.lower() for word in RUDE)


def test_at_least_50_bits(monkeypatch):
    """BITS leaves one bit for what is drawn again: right as long as that is less than half of the draws."""
    drawn = 0
    draw = passwords.secrets.randbelow

    def counting(bound):
        nonlocal drawn
        assert bound == 75**7 * 8**3
        drawn += 1
        return draw(bound)

    monkeypatch.setattr(passwords.secrets, "randbelow", counting)
    kept = 2000
    for _ in range(kept):
        generate_password()
    again = 1 - kept / drawn
    assert 0 < again < 0.5
    assert passwords.BITS >= 50
    assert len(set(passwords.SYLLABLES)) == len(passwords.SYLLABLES)


@pytest.mark.parametrize("special", SPECIAL)
def test_each_special_character_counts(special):
    assert is_strong(f"Secret1{special}")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "Secr-1a",
        "secret-1",
        "SECRET-1",
        "Secret--",
        "Secret11",
        "Secret1é",
        "Secret1 ",
        "Secret1€",
        "Secret-²",
        "S1-" + "a" * 126,
    ],
)
def test_weak(password):
    assert not is_strong(password)
    with pytest.raises(ValidationError) as caught:
        ProductRuleValidator().validate(password)
    assert caught.value.code == "weak_password"


def test_special_characters_are_those_of_the_product():
    assert set(passwords.RULE.partition("parmi ")[2].split()) == set(SPECIAL)
