// A POP3 server for each test of JUnit 5 that takes one. Save it beside Pop3lab.java:
//
//   pop3lab helper junit >Pop3labExtension.java
//
//   @ExtendWith(Pop3labExtension.class)
//   class FetchTest {
//       @Test
//       void fetches(Pop3lab server) throws Exception {
//           Files.writeString(server.folder.resolve("0001"), "Subject: one\r\n\r\nhello\r\n");
//           ... connect to 127.0.0.1, server.port, as `user` with `password` ...
//           server.ask("wait sessions=1 retrieved=1");
//       }
//   }
//
// Other options: @RegisterExtension Pop3labExtension pop3 = new Pop3labExtension("--tls-port=0");

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives a test its server, with an empty folder, and stops it when the test has ended. */
public final class Pop3labExtension implements ParameterResolver {
    private static final Namespace OURS = Namespace.create(Pop3labExtension.class);
    private final String[] words;

    /** The server has no keyword but `noextra`: each message comes as it is. */
    public Pop3labExtension() {
        this("noextra");
    }

    /** words: keywords and options of `pop3lab`. */
    public Pop3labExtension(String... words) {
        this.words = words;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == Pop3lab.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        return test.getStore(OURS).getOrComputeIfAbsent(Running.class, key -> start(), Running.class).server;
    }

    private Running start() {
        try {
            return new Running(new Pop3lab(Files.createTempDirectory("mail-"), words));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** What JUnit closes at the end of the test. */
    private record Running(Pop3lab server) implements CloseableResource {
        @Override
        public void close() {
            server.close();
            try (var files = Files.walk(server.folder)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
    }
}
