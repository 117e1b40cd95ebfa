// A POP3 server for a test. Save this file beside your tests:
//
//   pop3lab helper js >pop3lab.mjs
//
//   const server = await Pop3lab.start(folder, 'uidl-unsupported')  // messages, keywords, options
//   ... connect to 127.0.0.1, server.port, as `user` with `password` ...
//   await server.ask('wait sessions=1')                    // until the client has gone
//   assert.equal((await server.stats()).deleted, 1)
//   const logins = server.events().filter(({ event }) => event === 'logged_in')
//   await server.stop()
//
// With '--tls-port=0', server.tlsPort is a port with TLS, and server.ca the certificate to trust.
// With '--user=ann:secret', ann logs in, not user.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export class Pop3lab {
  static async start(folder, ...words) {
    const server = new Pop3lab(folder, words)
    try {
      server.port = Number(await server.#line())
      if (server.hasTls) {
        server.tlsPort = (await server.stats()).ports.pop3s
        server.ca = readFileSync(join(server.work, 'ca.pem'), 'utf8')
      }
    } catch (error) {
      rmSync(server.work, { recursive: true })
      throw error
    }
    return server
  }

  constructor(folder, words) {
    this.work = mkdtempSync(join(tmpdir(), 'pop3lab-'))
    this.hasTls = words.some((word) => word.startsWith('--tls-port'))
    const options = ['--control', '--exit-on-stdin-eof', '--statistics', '--events=3']
    if (this.hasTls) options.push(`--ca-out=${join(this.work, 'ca.pem')}`)
    const events = openSync(join(this.work, 'events'), 'w')
    const stdio = ['pipe', 'pipe', 'inherit', events]
    this.process = spawn('pop3lab', [folder, ...words, ...options], { stdio })
    closeSync(events)
    this.exited = once(this.process, 'exit')
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]()
  }

  async #line() {
    const { value, done } = await this.lines.next()
    if (done) throw new Error('pop3lab has ended: see stderr')
    return value
  }

  /** A command of --control (`pop3lab --help` lists them); the answer without its `ok`. */
  async ask(command) {
    this.process.stdin.write(`${command}\n`)
    const answer = await this.#line()
    if (!answer.startsWith('ok')) throw new Error(`${command}: ${answer}`)
    return answer.slice(3)
  }

  async stats() {
    return JSON.parse(await this.ask('stats'))
  }

  /** What has happened until now: objects with `event`, `session` and more. */
  events() {
    const text = readFileSync(join(this.work, 'events'), 'utf8')
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line))
  }

  /** The statistics: successful logins, and how often each verb came. */
  async stop() {
    this.process.stdin.end()
    const verbs = {}
    const logins = Number(await this.#line())
    for await (const line of this.lines) {
      const [verb, times] = line.split(' ')
      verbs[verb] = Number(times)
    }
    await this.exited
    rmSync(this.work, { recursive: true })
    return { logins, verbs }
  }
}
