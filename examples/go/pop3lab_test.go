// A POP3 server for a test: copy this file beside your tests.
//
//	server := StartPop3(t, folder, "uidl-unsupported") // a folder of messages, keywords, options
//	... connect to server.Address, as `user` with `password` ...
//	server.Ask("wait sessions=1") // until the client has gone

package fetch

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Pop3Server runs until the end of its test.
type Pop3Server struct {
	Address string // 127.0.0.1 and the port
	t       testing.TB
	to      io.Writer
	from    *bufio.Reader
}

// StartPop3 serves a folder of messages; words are keywords and options of pop3lab.
func StartPop3(t testing.TB, folder string, words ...string) *Pop3Server {
	t.Helper()
	arguments := append([]string{folder, "--control", "--exit-on-stdin-eof"}, words...)
	command := exec.Command("pop3lab", arguments...)
	command.Stderr = os.Stderr
	to, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	from, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	server := &Pop3Server{t: t, to: to, from: bufio.NewReader(from)}
	t.Cleanup(func() {
		to.Close() // the end of its stdin is its end
		io.Copy(io.Discard, server.from)
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
	})
	server.Address = "127.0.0.1:" + server.line()
	return server
}

// Ask sends a command of --control (`pop3lab --help` lists them); the answer is without its `ok`.
func (server *Pop3Server) Ask(command string) string {
	server.t.Helper()
	if _, err := io.WriteString(server.to, command+"\n"); err != nil {
		server.t.Fatal(err)
	}
	answer := server.line()
	if !strings.HasPrefix(answer, "ok") {
		server.t.Fatalf("%s: %s", command, answer)
	}
	return strings.TrimSpace(strings.TrimPrefix(answer, "ok"))
}

func (server *Pop3Server) line() string {
	server.t.Helper()
	line, err := server.from.ReadString('\n')
	if err != nil {
		server.t.Fatal("pop3lab has ended: ", err)
	}
	return strings.TrimSuffix(line, "\n")
}
