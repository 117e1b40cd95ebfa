# fetch_net_pop.rb plain|tls PORT CA: fetches all messages into out/ and deletes them.
require "net/pop"

how, port, ca = ARGV
client = Net::POP3.new("localhost", Integer(port))
client.enable_ssl(OpenSSL::SSL::VERIFY_PEER, ca) if how == "tls"
client.start("ann", "secret") do
  client.mails.each do |mail|
    File.binwrite("out/#{mail.number}", mail.pop)
    mail.delete
  end
end
