// A small client on a good day, and on a bad one. Beside pop3lab.mjs. Run: node --test

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { connect as connectSecurely } from 'node:tls'

import { Pop3lab } from './pop3lab.mjs'

let folder, server

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pop3lab-'))
  await writeFile(join(folder, '0001'), 'Subject: one\r\n\r\nhello\r\n')
  await writeFile(join(folder, '0002'), 'Subject: two\r\n\r\nhello again\r\n')
  server = await Pop3lab.start(folder, 'noextra')
})

after(async () => {
  const { logins, verbs } = await server.stop()
  assert.equal(logins, 3)
  assert.equal(verbs.DELE, 2)
  await rm(folder, { recursive: true })
})

/** The lines of the first message, which is deleted when it is here. */
async function fetchFirst(
  socket = connect(server.port, '127.0.0.1'), user = 'user', password = 'password'
) {
  const reader = createInterface({ input: socket })
  const lines = reader[Symbol.asyncIterator]()
  socket.setTimeout(10_000, () => socket.destroy())
  socket.on('error', () => reader.close())
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the connection is lost')
    return value
  }
  const ask = async (command) => {
    socket.write(`${command}\r\n`)
    assert.match(await line(), /^\+OK/)
  }
  await line()
  for (const command of [`USER ${user}`, `PASS ${password}`, 'RETR 1']) await ask(command)
  const message = []
  for (let next = await line(); next !== '.'; next = await line()) {
    message.push(next.startsWith('.') ? next.slice(1) : next)
  }
  for (const command of ['DELE 1', 'QUIT']) await ask(command)
  return message
}

test('a message is fetched and deleted', async () => {
  assert.deepEqual(await fetchFirst(), ['Subject: one', '', 'hello'])

  await server.ask('wait sessions=1')
  const stats = await server.stats()
  assert.equal(stats.retrieved, 1)
  assert.equal(stats.deleted, 1)
})

test('the connection breaks in the middle of a message, the first time', async () => {
  await server.ask('fault RETR nth=1 -> cut-after 30 then reset')
  await assert.rejects(fetchFirst(), /ECONNRESET|the connection is lost/)
  assert.deepEqual(await fetchFirst(), ['Subject: two', '', 'hello again'])

  await server.ask('wait sessions=3')
  const stats = await server.stats()
  assert.equal(stats.rules_applied, 1)
  assert.equal(stats.violations, 0)
})

test('another user fetches it with TLS, and all is told', async () => {
  await writeFile(join(folder, '0003'), 'Subject: three\r\n\r\nhello\r\n')
  const secure = await Pop3lab.start(folder, 'noextra', '--tls-port=0', '--user=ann:secret')
  const options = { port: secure.tlsPort, host: '127.0.0.1', servername: 'localhost', ca: secure.ca }
  const message = await fetchFirst(connectSecurely(options), 'ann', 'secret')
  assert.equal(message[0], 'Subject: three')
  await secure.ask('wait sessions=1')
  const [login] = secure.events().filter(({ event }) => event === 'logged_in')
  assert.equal(login.user, 'ann')
  await secure.stop()
})
