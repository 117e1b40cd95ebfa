# net/pop on a good day, and on a bad one. Beside pop3lab.rb. Run: ruby fetch_test.rb

require "fileutils"
require "minitest/autorun"
require "net/pop"
require "tmpdir"

require_relative "pop3lab"

class FetchTest < Minitest::Test
  ONE = "Subject: one\r\n\r\nhello\r\n"

  def setup
    @folder = Dir.mktmpdir
    File.binwrite("#{@folder}/0001", ONE)
    @server = Pop3lab.new(@folder, "noextra")
  end

  def teardown
    @server.stop
    FileUtils.remove_entry(@folder)
  end

  def fetch
    Net::POP3.start("127.0.0.1", @server.port, "user", "password") do |box|
      box.mails.map { |mail| mail.pop.tap { mail.delete } }
    end
  end

  def test_messages_are_fetched_and_deleted
    assert_equal [ONE], fetch
    @server.ask("wait sessions=1")
    assert_equal 1, @server.stats["retrieved"]
    assert_equal 1, @server.stats["deleted"]
  end

  def test_nothing_is_deleted_when_the_connection_breaks
    @server.ask("fault RETR nth=1 -> cut-after 25 then reset")
    assert_raises(SystemCallError, IOError) { fetch }
    @server.ask("wait sessions=1")
    assert_equal 1, @server.stats["rules_applied"]
    assert_equal 0, @server.stats["deleted"]
    assert_equal [ONE], fetch
  end

  def test_another_user_fetches_with_tls_and_all_is_told
    server = Pop3lab.new(@folder, "noextra", "--tls-port=0", "--user=ann:secret")
    box = Net::POP3.new("localhost", server.tls_port)
    box.enable_ssl(OpenSSL::SSL::VERIFY_PEER, server.ca_file)
    box.start("ann", "secret") { assert_equal [ONE], box.mails.map(&:pop) }
    server.ask("wait sessions=1")
    login = server.events.find { |event| event["event"] == "logged_in" }
    assert_equal "ann", login["user"]
    server.stop
  end
end
