from pop3lab.transport.tls_records import RecordSplitter, record_end

FIRST = b"\x17\x03\x03\x00\x04abcd"
EMPTY = b"\x15\x03\x03\x00\x00"
CLEAR = b"NOOP\r\n\x17\x03\x03"


def test_where_a_record_ends() -> None:
    assert record_end(FIRST + EMPTY) == len(FIRST)
    assert record_end(EMPTY) == 5


def test_records_and_what_is_in_clear_behind_them_cut_anywhere() -> None:
    whole = FIRST + EMPTY + FIRST + CLEAR
    for first in range(len(whole) + 1):
        for second in range(first, len(whole) + 1):
            split = RecordSplitter().split
            parts = [split(part) for part in (whole[:first], whole[first:second], whole[second:])]
            assert b"".join(records for records, _ in parts) == FIRST + EMPTY + FIRST
            assert b"".join(clear for _, clear in parts) == CLEAR
