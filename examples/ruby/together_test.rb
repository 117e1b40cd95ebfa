# TLS, users, tokens, events and commands in one server. Run: ruby examples/ruby/together_test.rb

require "fileutils"
require "json"
require "minitest/autorun"
require "open3"
require "tmpdir"

require_relative "pop3lab"

class TogetherTest < Minitest::Test
  ONE = "Subject: one\r\n\r\nhello\r\n"

  def setup
    @work = Dir.mktmpdir
    Dir.mkdir("#{@work}/mail")
    File.binwrite("#{@work}/mail/0001", ONE)
    File.write("#{@work}/tokens", "t0ken ann\n")
  end

  def teardown
    FileUtils.remove_entry(@work)
  end

  def curl(*words)
    told, = Open3.capture2("curl", "-sS", "--max-time", "10", "--cacert", "#{@work}/ca.pem", *words)
    told
  end

  # The same options for `pop3lab DIR` and for `pop3lab serve`.
  def try(*words)
    events = File.open("#{@work}/events", "w+")
    events.close_on_exec = false # the server inherits it
    server = Pop3lab.new(*words, "--tls-port", "0", "--ca-out", "#{@work}/ca.pem",
                         "--user", "ann:secret", "--tokens", "#{@work}/tokens",
                         "--events=#{events.fileno}", "--statistics")
    tls_port = server.stats["ports"]["pop3s"]

    assert_equal ONE, curl("-u", "ann:secret", "pop3://127.0.0.1:#{server.port}/1")
    assert_equal ONE, curl("-u", "ann:", "--oauth2-bearer", "t0ken", "pop3s://localhost:#{tls_port}/1")
    server.ask("wait sessions=2 retrieved=2")
    logins, verbs = server.stop
    assert_equal [2, 2], [logins, verbs["RETR"]]

    events.rewind
    told = events.each_line.map { |line| JSON.parse(line) }
    logins = told.select { |event| event["event"] == "logged_in" }
    assert_equal %w[CRAM-MD5 OAUTHBEARER], logins.map { |event| event["mechanism"] }.sort
  ensure
    events&.close
  end

  def test_pop3lab_dir
    try("#{@work}/mail", "noextra")
  end

  def test_pop3lab_serve
    try("serve", "#{@work}/mail", "--port", "0")
  end
end
