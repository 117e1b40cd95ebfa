# fetch_net_pop.rb PORT USER PASSWORD: fetches all messages into the folder out and deletes them.
require "net/pop"

port, user, password = ARGV
client = Net::POP3.new("127.0.0.1", Integer(port))
client.open_timeout = client.read_timeout = 1

client.start(user, password) do
  client.mails.each do |mail|
    File.binwrite("out/#{mail.number}", mail.pop)
    mail.delete
  end
end
