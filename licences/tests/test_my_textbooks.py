from django.urls import reverse


def test_empty_page(as_bob):
    response = as_bob.get(reverse("my_textbooks"))
    assert response.status_code == 200
    assert "pas encore de manuel" in response.text
