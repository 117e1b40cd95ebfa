// fetch_node_pop3.mjs plain|tls PORT CA: fetches all messages into out/ and deletes them.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.env.NODE_PATH + '/');
const Pop3Command = require('node-pop3');
const [how, port, ca] = process.argv.slice(2);
const tls = how === 'tls';
const box = new Pop3Command({
  host: 'localhost', port: Number(port), user: 'ann', password: 'secret',
  tls, servername: 'localhost', tlsOptions: tls ? { ca: readFileSync(ca) } : {},
});
for (const [number] of await box.UIDL()) {
  const [, stream] = await box.command('RETR', number); // RETR() would decode it as UTF-8
  writeFileSync(`out/${number}`, Buffer.concat(await stream.toArray()));
  await box.command('DELE', number);
}
await box.QUIT();
