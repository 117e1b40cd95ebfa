// A POP3 server for a test. Save this file beside your tests:
//
//   pop3lab helper java >Pop3lab.java
//
//   try (var server = new Pop3lab(folder, "uidl-unsupported")) {  // messages, keywords, options
//       ... connect to 127.0.0.1, server.port, as `user` with `password` ...
//       server.ask("wait sessions=1");                            // until the client has gone
//       server.events()                                           // lines of JSON
//   }
//
// With "--tls-port=0", server.tlsPort is a port with TLS, and server.caFile the CA to trust. With
// "--user=ann:secret", ann logs in, not user.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Serves a folder on 127.0.0.1 until it is closed. */
public final class Pop3lab implements AutoCloseable {
    public final Path folder;
    public final int port;
    public final int tlsPort;
    public final Path caFile;
    private final Path events;
    private final Process process;
    private final BufferedReader from;
    private final Writer to;

    /** Serves a folder of messages; words: keywords and options of `pop3lab`. */
    public Pop3lab(Path folder, String... words) throws IOException {
        this.folder = folder;
        Path work = Files.createTempDirectory("pop3lab-");
        caFile = work.resolve("ca.pem");
        events = work.resolve("events");
        for (Path path : List.of(work, caFile, events)) {
            path.toFile().deleteOnExit(); // the last first
        }
        var command = new ArrayList<>(List.of("pop3lab", folder.toString()));
        command.addAll(List.of(words));
        command.addAll(List.of("--control", "--exit-on-stdin-eof", "--statistics", "--events"));
        boolean tls = List.of(words).stream().anyMatch(word -> word.startsWith("--tls-port"));
        if (tls) {
            command.add("--ca-out=" + caFile);
        }
        process = new ProcessBuilder(command).redirectError(events.toFile()).start();
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        to = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        port = Integer.parseInt(line());
        tlsPort = tls ? number(ask("stats"), "pop3s") : 0;
    }

    /** A command of --control (`pop3lab --help` lists them); the answer without its `ok`. */
    public String ask(String command) throws IOException {
        to.write(command + "\n");
        to.flush();
        String answer = line();
        if (!answer.startsWith("ok")) {
            throw new IllegalStateException(command + ": " + answer);
        }
        return answer.substring(2).strip();
    }

    /** What has happened until now: lines of JSON, with "event", "session" and more. */
    public List<String> events() throws IOException {
        return Files.readAllLines(events);
    }

    private static int number(String json, String name) {
        var found = Pattern.compile("\"" + name + "\": (\\d+)").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException(name + " is not in " + json);
        }
        return Integer.parseInt(found.group(1));
    }

    private String line() throws IOException {
        String line = from.readLine();
        if (line == null) {
            throw new IOException("pop3lab has ended: " + String.join("\n", events()));
        }
        return line;
    }

    /** Stops it; the statistics: successful logins, then each verb and how often it came. */
    public List<String> stop() throws IOException, InterruptedException {
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
