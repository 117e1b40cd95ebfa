from pop3lab.core.counter import OTHERS, BoundedCounter


def test_counts_by_name_in_order_of_coming() -> None:
    tally = BoundedCounter()
    for name in ("STAT", "LIST", "STAT"):
        tally.add(name)
    tally.add("LIST", 5)
    assert list(tally.items()) == [("STAT", 2), ("LIST", 6)]


def test_made_up_names_take_no_memory() -> None:
    tally = BoundedCounter(most=2)
    tally.add("QUIT")
    for name in ("A", "B", "C", "D", "A"):
        tally.add(name, made_up=True)
    tally.add("QUIT")
    tally.add("NOOP")
    counted = [("QUIT", 2), ("A", 2), ("B", 1), (OTHERS, 2), ("NOOP", 1)]
    assert list(tally.items()) == counted
    total = BoundedCounter(most=1)
    total.add_all(tally)
    total.add_all(tally)
    assert dict(total.items()) == {"QUIT": 4, "A": 4, OTHERS: 6, "NOOP": 2}
