from pop3lab.transport.timestamp import new_timestamp, new_timestamps


def test_timestamps_have_one_form_and_are_never_the_same() -> None:
    made = [new_timestamp(1), *new_timestamps(1), *new_timestamps(1)]
    assert len(set(made)) == len(made)
    for timestamp in made:
        left, _, right = timestamp.partition(".")
        assert left.removeprefix("<").isdecimal()
        assert right == "1@pop3lab>"
