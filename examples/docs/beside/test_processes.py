"""A client in another process: it is given the address, not the server."""

import multiprocessing
import poplib


def read_greeting(host, port):
    poplib.POP3(host, port).quit()


def test_a_client_in_a_process(pop3_server):
    spawn = multiprocessing.get_context("spawn")  # a fork beside threads draws a warning
    process = spawn.Process(target=read_greeting, args=pop3_server.address)
    process.start()
    assert pop3_server.wait_session(timeout=30).end_reason == "quit"
    process.join()
