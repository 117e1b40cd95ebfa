# A POP3 server for a test: copy this file beside your tests.
#
#   server = Pop3lab.new(folder, "uidl-unsupported")   # a folder of messages, keywords, options
#   ... connect to 127.0.0.1, server.port, as `user` with `password` ...
#   server.ask("wait sessions=1")             # until the client has gone
#   assert_equal 1, server.stats["deleted"]
#   server.stop

require "json"

class Pop3lab
  attr_reader :port

  def initialize(folder, *words)
    command = ["pop3lab", folder, *words, "--control", "--exit-on-stdin-eof"]
    @server = IO.popen(command, "r+")
    @port = Integer(line)
  end

  # A command of --control (`pop3lab --help` lists them); the answer without its `ok`.
  def ask(command)
    @server.puts(command)
    answer = line
    raise "#{command}: #{answer}" unless answer.start_with?("ok")

    answer[3..] || ""
  end

  def stats
    JSON.parse(ask("stats"))
  end

  # The statistics: successful logins, and how often each verb came.
  def stop
    @server.close_write
    logins, *verbs = @server.read.split
    @server.close
    [Integer(logins), verbs.each_slice(2).to_h { |verb, times| [verb, Integer(times)] }]
  end

  private

  def line
    @server.gets(chomp: true) or raise "pop3lab has ended: see stderr"
  end
end
