# A POP3 server for a test. Save this file beside your tests:
#
#   pop3lab helper ruby >pop3lab.rb
#
#   server = Pop3lab.new(folder, "uidl-unsupported")   # a folder of messages, keywords, options
#   ... connect to 127.0.0.1, server.port, as `user` with `password` ...
#   server.ask("wait sessions=1")             # until the client has gone
#   assert_equal 1, server.stats["deleted"]
#   logins = server.events.select { |event| event["event"] == "logged_in" }
#   server.stop
#
# With "--tls-port=0", server.tls_port is a port with TLS, and server.ca_file the CA to trust. With
# "--user=ann:secret", ann logs in, not user.

require "fileutils"
require "json"
require "tmpdir"

class Pop3lab
  attr_reader :port

  def initialize(folder, *words)
    @work = Dir.mktmpdir("pop3lab-")
    options = ["--control", "--exit-on-stdin-eof", "--statistics", "--events=3"]
    command = ["pop3lab", folder, *words, *options]
    command << "--ca-out=#{ca_file}" if words.any? { |word| word.start_with?("--tls-port") }
    File.open("#{@work}/events", "w") { |events| @server = IO.popen([*command, 3 => events], "r+") }
    @port = Integer(line)
  rescue StandardError
    FileUtils.remove_entry(@work)
    raise
  end

  def tls_port
    stats["ports"]["pop3s"]
  end

  def ca_file
    "#{@work}/ca.pem"
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

  # What has happened until now: hashes with "event", "session" and more.
  def events
    File.foreach("#{@work}/events").map { |line| JSON.parse(line) }
  end

  # The statistics: successful logins, and how often each verb came.
  def stop
    @server.close_write
    logins, *verbs = @server.read.split
    @server.close
    FileUtils.remove_entry(@work)
    [Integer(logins), verbs.each_slice(2).to_h { |verb, times| [verb, Integer(times)] }]
  end

  private

  def line
    @server.gets(chomp: true) or raise "pop3lab has ended: see stderr"
  end
end
