// A POP3 server for a test: copy this file beside your tests.
//
//   const server = await Pop3lab.start(folder, 'uidl-unsupported')  // messages, keywords, options
//   ... connect to 127.0.0.1, server.port, as `user` with `password` ...
//   await server.ask('wait sessions=1')                    // until the client has gone
//   assert.equal((await server.stats()).deleted, 1)
//   await server.stop()

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export class Pop3lab {
  static async start(folder, ...words) {
    const server = new Pop3lab(folder, words)
    server.port = Number(await server.#line())
    return server
  }

  constructor(folder, words) {
    const options = ['--control', '--exit-on-stdin-eof']
    const stdio = ['pipe', 'pipe', 'inherit']
    this.process = spawn('pop3lab', [folder, ...words, ...options], { stdio })
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
    return { logins, verbs }
  }
}
