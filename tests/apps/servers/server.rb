# SPDX-License-Identifier: GPL-2.0-or-later
# A server of one thread for each client. ruby catches SIGPIPE itself.
# usage: server.rb PORT SOURCE_PORT LOG_PORT LOG_PATH
# GET copies what the source sends. POST passes the client's data on, to a log that may be gone.
require "socket"

port, source, log, path = ARGV

def request(client)
  text = +""
  text << client.readpartial(65536) until text.include?("\r\n\r\n")
  text
end

def copy(from, to)
  loop do
    data = from.readpartial(65536)
    begin
      to.write(data)
    rescue SystemCallError => error
      warn "lost: #{error.message}"
    end
  end
rescue EOFError, SystemCallError
  nil
end

server = TCPServer.new("127.0.0.1", Integer(port))
loop do
  Thread.new(server.accept) do |client|
    text = request(client)
    if text.start_with?("GET")
      other = TCPSocket.new("127.0.0.1", Integer(source))
      from, to = other, client
    else
      tcp = text.include?("/tcp")
      other = tcp ? TCPSocket.new("127.0.0.1", Integer(log)) : UNIXSocket.new(path)
      from, to = client, other
    end
    other.write(text)
    copy(from, to)
  ensure
    other&.close
    client.close
  end
end
