// fetch_yapople.mjs plain|tls PORT CA: fetches all messages into out/ and deletes them.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.env.NODE_PATH + '/');
const { Client } = require('yapople');
const [how, port, ca] = process.argv.slice(2);
const tls = how === 'tls';
const box = new Client({
  host: 'localhost', port: Number(port), username: 'ann', password: 'secret',
  tls, options: tls ? { ca: readFileSync(ca) } : {},
});
await box.connect();
const texts = await box.retrieveAll();
for (const number of Object.keys(texts)) {
  writeFileSync(`out/${number}`, Buffer.from(texts[number]));
}
await box.deleteAll();
await box.quit();
