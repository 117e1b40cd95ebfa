// A POP3 server for a test. Save this file beside your tests, and name your package in it:
//
//	pop3lab helper go >pop3lab_test.go
//
//	server := StartPop3(t, folder, "uidl-unsupported") // a folder of messages, keywords, options
//	... connect to server.Address, as `user` with `password` ...
//	server.Ask("wait sessions=1") // until the client has gone
//	for _, event := range server.Events() { ... event["event"] == "logged_in" ... }
//
// With "--tls-port=0", server.TLSAddress is an address with TLS, and server.CAs the CA to trust.
// With "--user=ann:secret", ann logs in, not user.

package fetch

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Pop3Server runs until the end of its test.
type Pop3Server struct {
	Address    string         // 127.0.0.1 and the port
	TLSAddress string         // the same for TLS
	CAs        *x509.CertPool // for tls.Config.RootCAs; the server's name is localhost
	t          testing.TB
	work       string
	to         io.Writer
	from       *bufio.Reader
}

// StartPop3 serves a folder of messages; words are keywords and options of pop3lab.
func StartPop3(t testing.TB, folder string, words ...string) *Pop3Server {
	t.Helper()
	server := &Pop3Server{t: t, work: t.TempDir()}
	arguments := append([]string{folder, "--control", "--exit-on-stdin-eof", "--events=3"}, words...)
	tls := strings.Contains(strings.Join(words, " "), "--tls-port")
	if tls {
		arguments = append(arguments, "--ca-out="+server.file("ca.pem"))
	}
	command := exec.Command("pop3lab", arguments...)
	command.Stderr = os.Stderr
	events, err := os.Create(server.file("events"))
	server.check(err)
	defer events.Close()
	command.ExtraFiles = []*os.File{events}
	to, err := command.StdinPipe()
	server.check(err)
	from, err := command.StdoutPipe()
	server.check(err)
	server.check(command.Start())
	server.to, server.from = to, bufio.NewReader(from)
	t.Cleanup(func() {
		to.Close() // the end of its stdin is its end
		io.Copy(io.Discard, server.from)
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
	})
	server.Address = "127.0.0.1:" + server.line()
	if tls {
		server.trust()
	}
	return server
}

func (server *Pop3Server) trust() {
	server.t.Helper()
	var stats struct{ Ports map[string]int }
	server.check(json.Unmarshal([]byte(server.Ask("stats")), &stats))
	ca, err := os.ReadFile(server.file("ca.pem"))
	server.check(err)
	server.CAs = x509.NewCertPool()
	server.CAs.AppendCertsFromPEM(ca)
	server.TLSAddress = fmt.Sprint("127.0.0.1:", stats.Ports["pop3s"])
}

// Ask sends a command of --control (`pop3lab --help` lists them); the answer is without its `ok`.
func (server *Pop3Server) Ask(command string) string {
	server.t.Helper()
	_, err := io.WriteString(server.to, command+"\n")
	server.check(err)
	answer := server.line()
	if !strings.HasPrefix(answer, "ok") {
		server.t.Fatalf("%s: %s", command, answer)
	}
	return strings.TrimSpace(strings.TrimPrefix(answer, "ok"))
}

// Events tells what has happened until now: each has "event", "session" and more.
func (server *Pop3Server) Events() []map[string]any {
	server.t.Helper()
	text, err := os.ReadFile(server.file("events"))
	server.check(err)
	var events []map[string]any
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" { // behind the last one
			continue
		}
		var event map[string]any
		server.check(json.Unmarshal([]byte(line), &event))
		events = append(events, event)
	}
	return events
}

func (server *Pop3Server) line() string {
	server.t.Helper()
	line, err := server.from.ReadString('\n')
	if err != nil {
		server.t.Fatal("pop3lab has ended: ", err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (server *Pop3Server) file(name string) string {
	return filepath.Join(server.work, name)
}

func (server *Pop3Server) check(err error) {
	server.t.Helper()
	if err != nil {
		server.t.Fatal(err)
	}
}
