// A small client on a good day, and on a bad one. Run: pop3lab helper java >Pop3lab.java;
// javac -d classes *.java; java -cp classes FetchTest. With JUnit, the methods are @Test.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

class FetchTest {
    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("mail-");
        Files.writeString(folder.resolve("0001"), "Subject: one\r\n\r\nhello\r\n");
        Files.writeString(folder.resolve("0002"), "Subject: two\r\n\r\nhello again\r\n");
        try (var server = new Pop3lab(folder, "noextra")) {
            fetchesAndDeletes(server);
            survivesABrokenConnection(server);
        }
        Files.writeString(folder.resolve("0003"), "Subject: three\r\n\r\nhello\r\n");
        try (var server = new Pop3lab(folder, "noextra", "--tls-port=0", "--user=ann:secret")) {
            fetchesWithTls(server);
        }
        System.out.println("all is well");
    }

    static void fetchesAndDeletes(Pop3lab server) throws IOException {
        check(List.of("Subject: one", "", "hello").equals(fetchFirst(server.port)), "another message");
        server.ask("wait sessions=1 retrieved=1 deleted=1 timeout=5");
    }

    static void survivesABrokenConnection(Pop3lab server) throws IOException {
        server.ask("fault RETR nth=1 -> cut-after 30 then reset");
        try {
            check(false, "not broken: " + fetchFirst(server.port));
        } catch (IOException expected) {
            // the connection was reset
        }
        check(List.of("Subject: two", "", "hello again").equals(fetchFirst(server.port)), "another message");
        check(server.ask("wait sessions=3").contains("rules_applied=1"), "the connection did not break");
    }

    static void fetchesWithTls(Pop3lab server) throws Exception {
        var socket = trusting(server.caFile).createSocket(InetAddress.getByName("localhost"), server.tlsPort);
        check(fetchFirst(socket, "ann", "secret").contains("Subject: three"), "another message");
        server.ask("wait sessions=1");
        check(server.events().stream().anyMatch(event -> event.contains("\"user\": \"ann\"")), "not told");
    }

    /** Makes connections with TLS to a server whose certificate is of this CA. */
    static SocketFactory trusting(Path caFile) throws Exception {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (var pem = Files.newInputStream(caFile)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    static List<String> fetchFirst(int port) throws IOException {
        return fetchFirst(new Socket("127.0.0.1", port), "user", "password");
    }

    /** The lines of the first message, which is deleted when it is here. */
    static List<String> fetchFirst(Socket socket, String user, String password) throws IOException {
        try (socket) {
            socket.setSoTimeout(10_000);
            var from = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            read(from);
            for (String command : List.of("USER " + user, "PASS " + password, "RETR 1")) {
                ask(socket, from, command);
            }
            var message = new ArrayList<String>();
            for (String line = read(from); !line.equals("."); line = read(from)) {
                message.add(line.startsWith(".") ? line.substring(1) : line);
            }
            ask(socket, from, "DELE 1");
            ask(socket, from, "QUIT");
            return message;
        }
    }

    static void ask(Socket socket, BufferedReader from, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
        String answer = read(from);
        check(answer.startsWith("+OK"), answer);
    }

    static String read(BufferedReader from) throws IOException {
        String line = from.readLine();
        if (line == null) {
            throw new IOException("the connection is lost");
        }
        return line;
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
