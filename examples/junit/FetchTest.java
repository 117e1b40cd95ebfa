// Tests of JUnit 5, each with a server of its own. They need Pop3lab.java and Pop3labExtension.java.

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Pop3labExtension.class)
class FetchTest {
    @Test
    void aMessageIsDeletedAtQuit(Pop3lab server) throws Exception {
        Files.writeString(server.folder.resolve("0001"), "Subject: one\r\n\r\nhello\r\n");
        String replies = said(server, "USER user", "PASS password", "RETR 1", "DELE 1", "QUIT");
        assertTrue(replies.contains("Subject: one"), replies);
        server.ask("wait sessions=1 deleted=1 timeout=5");
    }

    @Test
    void aServerOfItsOwn(Pop3lab server) throws Exception {
        server.ask("quirk uidl-unsupported on");
        assertTrue(said(server, "USER user", "PASS password", "UIDL", "QUIT").contains("-ERR"));
        assertEquals(0, Files.list(server.folder).count());
    }

    /** What the server says to these commands. */
    static String said(Pop3lab server, String... commands) throws Exception {
        try (var socket = new Socket("127.0.0.1", server.port)) {
            String text = String.join("\r\n", commands) + "\r\n";
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
