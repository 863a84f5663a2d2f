from importlib import import_module

from accounts import mail
from accounts.names import name_key


def test_the_name_keys_of_yesterday_are_computed_again(migrated_to, monkeypatch):
    old = migrated_to(("accounts", "0002_initial"))
    names = [("YILDIZ", "Işık", "yıldız|isık"), ("Martin", "Zoé", "martin|zoe"), ("A|B", "C", "a|b|c")]
    names += [("Petit", f"Paul {number}", f"petit|paul {number}") for number in range(25)]
    old.get_model("accounts", "User").objects.bulk_create(
        old.get_model("accounts", "User")(username=f"u{number}", last_name=last, first_name=first, name_key=key)
        for number, (last, first, key) in enumerate(names)
    )
    monkeypatch.setattr(import_module("accounts.migrations.0003_name_key_tab"), "CHUNK", 10)
    new = migrated_to(("accounts", "0003_name_key_tab"))
    rows = new.get_model("accounts", "User").objects.values_list("last_name", "first_name", "name_key")
    assert {row[:2] for row in rows} == {name[:2] for name in names}
    assert [row for row in rows if row[2] != name_key(*row[:2])] == []


def test_what_waited_to_be_sent_is_sent_after_the_renaming(migrated_to, mailoutbox):
    old = migrated_to(("accounts", "0008_confirmed_email"))
    bob = old.get_model("accounts", "User").objects.create(username="bob", email="bob@example.org")
    letter = old.get_model("accounts", "Letter").objects.create(kind="password_changed", user=bob)
    new = migrated_to(("accounts", "0009_email"))
    assert new.get_model("accounts", "Email").objects.get().pk == letter.pk
    assert mail.deliver(letter.pk)
    assert [message.to for message in mailoutbox] == [["bob@example.org"]]
