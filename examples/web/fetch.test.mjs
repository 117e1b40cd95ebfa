// A small client, and a server that is asked over HTTP. Run: node --test

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'

/** A server in memory; use its API by get, post and remove. */
class Pop3Server {
  static async start(...options) {
    const words = ['serve', 'memory:', '--user=ann:secret', '--port=0', '--web=0', '--ready=json']
    const server = new Pop3Server()
    server.process = spawn('pop3lab', [...words, '--exit-on-stdin-eof', '--log-level=off', ...options], {
      stdio: ['pipe', 'pipe', 'inherit']
    })
    const [line] = await once(createInterface({ input: server.process.stdout }), 'line')
    const { pop3, web } = JSON.parse(line)
    server.port = pop3
    server.api = `${web}api/v1/`
    return server
  }

  async ask(method, path, body, type = 'application/json') {
    const response = await fetch(this.api + path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': type },
      body: type === 'application/json' ? JSON.stringify(body) : body
    })
    const text = await response.text()
    const answer = /json/.test(response.headers.get('Content-Type')) ? JSON.parse(text) : text
    if (!response.ok) throw new Error(answer.detail)
    return answer
  }

  get = path => this.ask('GET', path)
  post = (path, body) => this.ask('POST', path, body)
  add = message => this.ask('POST', 'messages', message, 'message/rfc822')

  async stop() {
    this.process.stdin.end()
    await once(this.process, 'exit')
  }
}

let server

before(async () => {
  server = await Pop3Server.start()
  await server.add('Subject: one\r\n\r\nhello\r\n')
})

after(() => server.stop())

/** The lines of the first message. */
async function fetchFirst() {
  const socket = connect(server.port, '127.0.0.1')
  socket.setTimeout(10_000, () => socket.destroy())
  const reader = createInterface({ input: socket })
  socket.on('error', () => reader.close())
  const lines = reader[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the connection is lost')
    return value
  }
  const ask = async command => {
    socket.write(`${command}\r\n`)
    assert.match(await line(), /^\+OK/)
  }
  assert.match(await line(), /^\+OK/)
  await ask('USER ann')
  await ask('PASS secret')
  await ask('RETR 1')
  const text = []
  for (let next = await line(); next !== '.'; next = await line()) text.push(next)
  await ask('QUIT')
  return text
}

test('a message is fetched', async () => {
  assert.deepEqual(await fetchFirst(), ['Subject: one', '', 'hello'])
  const { retrieved } = await server.post('wait', { sessions: 1, timeout: 5 })
  assert.equal(retrieved, 1)
})

test('the connection breaks once', async () => {
  const rule = await server.post('rules', { rule: 'RETR 1 times=1 -> cut-after 15 then reset' })
  await assert.rejects(fetchFirst())
  assert.equal((await fetchFirst()).length, 3)
  assert.equal((await server.get(`rules/${rule.id}`)).hits, 1)
  await server.post('wait', { sessions: 3, timeout: 5 })
  const { sessions } = await server.get('sessions')
  assert.deepEqual(sessions.map(session => session.end_reason), ['quit', 'fault', 'quit'])
})

test('a mistake is told in a sentence', async () => {
  await assert.rejects(server.post('rules', { rule: 'RETR 1 -> cut-aftr 5' }), /did you mean 'cut-after'/)
})
