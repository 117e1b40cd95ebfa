# fetch_net_pop.rb PORT USER PASSWORD LIMIT: fetches all messages into out/ and deletes them.
require "net/pop"

port, user, password, limit = ARGV
client = Net::POP3.new("127.0.0.1", Integer(port))
client.open_timeout = client.read_timeout = Integer(limit)

client.start(user, password) do
  client.mails.each do |mail|
    File.binwrite("out/#{mail.number}", mail.pop)
    mail.delete
  end
end
