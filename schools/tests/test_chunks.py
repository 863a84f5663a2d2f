import pytest

from schools.chunks import CHUNK, chunks


@pytest.mark.parametrize(
    ("items", "pieces"),
    [
        ([], []),
        ([1, 2, 3], [[1, 2], [3]]),
        ({1: "a", 2: "b"}, [[1, 2]]),
        ((each for each in "abc"), [["a", "b"], ["c"]]),
    ],
)
def test_every_item_is_in_one_piece(items, pieces):
    assert list(chunks(items, 2)) == pieces


def test_a_piece_is_no_longer_than_a_statement_takes():
    assert [len(piece) for piece in chunks(range(CHUNK + 1))] == [CHUNK, 1]
