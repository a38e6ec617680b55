"""Which storages are in force, by the file and by what was decided since."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aslo_core.receipts.in_force import Standing, in_force

TABLES = [("mirror", False), ("main", True), ("s3", False)]


def test_the_first_required_one_is_primary_without_a_switch():
    found = in_force(TABLES, {})
    assert (found.primary, found.required, found.active, found.retired) == ("main", ("main",), ("main", "mirror", "s3"), ())


def test_a_switch_makes_primary_and_required_and_the_former_stays_required():
    found = in_force(TABLES, {"s3": Standing(switched=7)})
    assert (found.primary, found.required, found.active) == ("s3", ("main", "s3"), ("s3", "mirror", "main"))


def test_the_last_switch_counts_so_that_there_is_a_way_back():
    found = in_force(TABLES, {"s3": Standing(switched=7), "main": Standing(switched=9)})
    assert (found.primary, found.required) == ("main", ("main",))


def test_a_retired_one_is_neither_required_nor_active():
    found = in_force(TABLES, {"s3": Standing(switched=7), "main": Standing(retired=True)})
    assert (found.primary, found.required, found.active, found.retired) == ("s3", ("s3",), ("s3", "mirror"), ("main",))


def test_a_primary_one_whose_table_is_gone_leaves_the_file_to_say():
    assert in_force(TABLES[:2], {"s3": Standing(switched=7)}).primary == "main"


def test_nothing_is_required_of_nobody():
    found = in_force([("mirror", False), ("main", True)], {"main": Standing(retired=True)})
    assert (found.primary, found.required, found.active) == ("", (), ("mirror",))


@given(
    tables=st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), unique_by=lambda table: table[0], max_size=4),
    standings=st.dictionaries(
        st.sampled_from("abcde"), st.builds(Standing, retired=st.booleans(), switched=st.integers(-1, 5))
    ),
)
def test_every_storage_has_one_place(tables: list[tuple[str, bool]], standings: dict[str, Standing]):
    found = in_force(tables, standings)
    assert sorted((*found.active, *found.retired)) == sorted(name for name, _ in tables)
    assert set(found.required) <= set(found.active)
    assert (found.primary in found.required) if found.required else not found.primary
    assert found.active[:1] == (found.primary,) or not found.primary
