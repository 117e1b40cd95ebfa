// A small client on a good day, and on a bad one. Run: java examples/java/FetchTest.java
//
// The class Pop3lab below is for you to copy; with JUnit, the methods of FetchTest are @Test.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class FetchTest {
    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("pop3lab-");
        Files.writeString(folder.resolve("0001"), "Subject: one\r\n\r\nhello\r\n");
        Files.writeString(folder.resolve("0002"), "Subject: two\r\n\r\nhello again\r\n");
        try (var server = new Pop3lab(folder, "noextra")) {
            fetchesAndDeletes(server);
            survivesABrokenConnection(server);
            System.out.println("all is well");
        }
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

    /** The lines of the first message, which is deleted when it is here. */
    static List<String> fetchFirst(int port) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            var from = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            read(from);
            for (String command : List.of("USER user", "PASS password", "RETR 1")) {
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

/** A POP3 server for a test, on 127.0.0.1, user `user`, password `password`. */
final class Pop3lab implements AutoCloseable {
    final int port;
    private final Process process;
    private final BufferedReader from;
    private final Writer to;

    /** Serves a folder of messages; words: keywords and options of `pop3lab`. */
    Pop3lab(Path folder, String... words) throws IOException {
        var command = new ArrayList<>(List.of("pop3lab", folder.toString()));
        command.addAll(List.of(words));
        command.addAll(List.of("--control", "--exit-on-stdin-eof"));
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        to = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        port = Integer.parseInt(line());
    }

    /** A command of --control (`pop3lab --help` lists them); the answer without its `ok`. */
    String ask(String command) throws IOException {
        to.write(command + "\n");
        to.flush();
        String answer = line();
        if (!answer.startsWith("ok")) {
            throw new IllegalStateException(command + ": " + answer);
        }
        return answer.substring(2).strip();
    }

    private String line() throws IOException {
        String line = from.readLine();
        if (line == null) {
            throw new IOException("pop3lab has ended: see stderr");
        }
        return line;
    }

    /** Stops it; the statistics: successful logins, then each verb and how often it came. */
    List<String> stop() throws IOException, InterruptedException {
        to.close();
        List<String> statistics = from.lines().toList();
        process.waitFor();
        return statistics;
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (InterruptedException error) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
    }
}
