// A small client on a good day, and on a bad one. Beside pop3lab_test.go. Run: go test

package fetch

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func box(t *testing.T) string {
	folder := t.TempDir()
	message := []byte("Subject: one\r\n\r\nhello\r\n")
	if err := os.WriteFile(filepath.Join(folder, "0001"), message, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// fetchFirst gives the lines of the first message, which is deleted when it is here.
func fetchFirst(address string) ([]string, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return fetchFrom(connection, "user", "password")
}

func fetchFrom(connection net.Conn, user, password string) ([]string, error) {
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(10 * time.Second))
	client := textproto.NewConn(connection)
	if err := answered(client); err != nil {
		return nil, err
	}
	if err := ask(client, "USER "+user, "PASS "+password, "RETR 1"); err != nil {
		return nil, err
	}
	message, err := client.ReadDotLines()
	if err != nil {
		return nil, err
	}
	return message, ask(client, "DELE 1", "QUIT")
}

func ask(client *textproto.Conn, commands ...string) error {
	for _, command := range commands {
		if err := client.PrintfLine("%s", command); err != nil {
			return err
		}
		if err := answered(client); err != nil {
			return err
		}
	}
	return nil
}

func answered(client *textproto.Conn) error {
	answer, err := client.ReadLine()
	if err == nil && !strings.HasPrefix(answer, "+OK") {
		err = fmt.Errorf("refused: %s", answer)
	}
	return err
}

func TestAMessageIsFetchedAndDeleted(t *testing.T) {
	server := StartPop3(t, box(t), "noextra")
	message, err := fetchFirst(server.Address)
	if err != nil || strings.Join(message, "|") != "Subject: one||hello" {
		t.Fatal(message, err)
	}
	server.Ask("wait sessions=1 retrieved=1 deleted=1 timeout=5")
}

func TestNothingIsDeletedWhenTheConnectionBreaks(t *testing.T) {
	server := StartPop3(t, box(t), "noextra")
	server.Ask("fault RETR nth=1 -> cut-after 25 then reset")
	if message, err := fetchFirst(server.Address); err == nil {
		t.Fatal("not broken: ", message)
	}
	if counted := server.Ask("wait sessions=1"); !strings.Contains(counted, "deleted=0") {
		t.Fatal(counted)
	}
	if _, err := fetchFirst(server.Address); err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsToldWhereNobodyComes(t *testing.T) {
	if events := StartPop3(t, box(t)).Events(); len(events) != 0 {
		t.Fatal(events)
	}
}

func TestAnotherUserFetchesWithTLSAndAllIsTold(t *testing.T) {
	server := StartPop3(t, box(t), "noextra", "--tls-port=0", "--user=ann:secret")
	config := &tls.Config{RootCAs: server.CAs, ServerName: "localhost"}
	connection, err := tls.Dial("tcp", server.TLSAddress, config)
	if err != nil {
		t.Fatal(err)
	}
	if message, err := fetchFrom(connection, "ann", "secret"); err != nil || len(message) != 3 {
		t.Fatal(message, err)
	}
	server.Ask("wait sessions=1")
	for _, event := range server.Events() {
		if event["event"] == "logged_in" && event["user"] == "ann" {
			return
		}
	}
	t.Fatal(server.Events())
}
