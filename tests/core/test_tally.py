from pop3lab.core.tally import OTHERS, Tally


def test_counts_by_name_in_order_of_coming() -> None:
    tally = Tally()
    for name in ("STAT", "LIST", "STAT"):
        tally.add(name)
    tally.add("LIST", 5)
    assert list(tally.items()) == [("STAT", 2), ("LIST", 6)]


def test_made_up_names_take_no_memory() -> None:
    tally = Tally(names=2)
    for name in ("A", "B", "C", "D", "A"):
        tally.add(name)
    assert list(tally.items()) == [("A", 2), ("B", 1), (OTHERS, 2)]
