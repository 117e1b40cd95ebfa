<?php
// fetch_imap.php plain|tls PORT CA: fetches all messages into out/ and deletes them.
[, $how, $port] = $argv;
$flags = ['plain' => 'notls', 'tls' => 'ssl'][$how];
$box = imap_open("{localhost:$port/pop3/$flags}INBOX", 'ann', 'secret', 0, 1);
if ($box === false) {
    fwrite(STDERR, implode("\n", imap_errors()) . "\n");
    exit(1);
}
for ($number = 1; $number <= imap_num_msg($box); $number++) {
    $text = imap_fetchheader($box, $number, FT_PREFETCHTEXT) . imap_body($box, $number);
    file_put_contents("out/$number", $text);
    imap_delete($box, (string) $number);
}
imap_close($box, CL_EXPUNGE);
