// Fetch.java plain|stls|tls PORT CA: fetches all messages into out/ and deletes them.
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.util.Properties;
import javax.mail.Flags;
import javax.mail.Folder;
import javax.mail.Message;
import javax.mail.Session;
import javax.mail.Store;

class Fetch {
    public static void main(String[] words) throws Exception {
        boolean stls = words[0].equals("stls");
        Properties properties = new Properties();
        properties.put("mail.pop3.starttls.enable", stls);
        properties.put("mail.pop3.starttls.required", stls);
        Session session = Session.getInstance(properties);
        Store store = session.getStore(words[0].equals("tls") ? "pop3s" : "pop3");
        store.connect("localhost", Integer.parseInt(words[1]), "ann", "secret");
        Folder inbox = store.getFolder("INBOX");
        inbox.open(Folder.READ_WRITE);
        for (Message message : inbox.getMessages()) {
            try (OutputStream out = new FileOutputStream("out/" + message.getMessageNumber())) {
                message.writeTo(out);
            }
            message.setFlag(Flags.Flag.DELETED, true);
        }
        inbox.close(true);
        store.close();
    }
}
