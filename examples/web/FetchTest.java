// A server that is started by a test and asked over HTTP, as with Testcontainers.
// Run: javac -d classes *.java; java -cp classes FetchTest. With JUnit, the methods are @Test.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A server in memory, whose API is asked with JSON. */
class Pop3Server implements AutoCloseable {
    final int port;
    private final String api;
    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();

    Pop3Server(String... options) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "pop3lab", "serve", "memory:", "--user=ann:secret", "--port=0", "--web=0",
                "--ready=json", "--exit-on-stdin-eof", "--log-level=off"));
        words.addAll(List.of(options));
        process = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String ready = process.inputReader().readLine();
        port = Integer.parseInt(find("\"pop3\": (\\d+)", ready));
        api = find("\"web\": \"([^\"]+)\"", ready) + "api/v1/";
    }

    private static String find(String pattern, String text) {
        var matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException(text);
        }
        return matcher.group(1);
    }

    String get(String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(api + path)).build());
    }

    String post(String path, String json) throws Exception {
        return post(path, json, "application/json");
    }

    String add(String message) throws Exception {
        return post("messages", message, "message/rfc822");
    }

    private String post(String path, String body, String type) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(api + path))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(body))
                .build());
    }

    private String send(HttpRequest request) throws Exception {
        var response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() >= 400) {
            throw new IllegalStateException(response.body());
        }
        return response.body();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }
}

class FetchTest {
    public static void main(String[] args) throws Exception {
        try (var server = new Pop3Server()) {
            server.add("Subject: one\r\n\r\nhello\r\n");
            fetches(server);
            survivesABrokenConnection(server);
        }
        System.out.println("all is well");
    }

    static void fetches(Pop3Server server) throws Exception {
        check(fetchFirst(server.port).size() == 3, "another message");
        check(server.post("wait", "{\"sessions\": 1}").contains("\"retrieved\":1"), "not retrieved");
    }

    static void survivesABrokenConnection(Pop3Server server) throws Exception {
        server.post("rules", "{\"rule\": \"RETR 1 times=1 -> cut-after 15 then reset\"}");
        try {
            check(false, "not broken: " + fetchFirst(server.port));
        } catch (IOException expected) {
            // the connection was reset
        }
        check(fetchFirst(server.port).size() == 3, "another message");
        server.post("wait", "{\"sessions\": 3}");
        check(server.get("sessions/2").contains("\"end_reason\":\"fault\""), "not by the rule");
    }

    static List<String> fetchFirst(int port) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            var reader = new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            line(reader);
            for (String command : List.of("USER ann", "PASS secret", "RETR 1")) {
                ask(socket, reader, command);
            }
            List<String> text = new ArrayList<>();
            for (String next = line(reader); !next.equals("."); next = line(reader)) {
                text.add(next);
            }
            ask(socket, reader, "QUIT");
            return text;
        }
    }

    static void ask(Socket socket, BufferedReader reader, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
        check(line(reader).startsWith("+OK"), command);
    }

    static String line(BufferedReader reader) throws IOException {
        String line = reader.readLine();
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
