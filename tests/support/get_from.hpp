// get_from: a GET whose source is another address of loopback, such as 127.0.0.2: the body.
#pragma once

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include <cstdint>
#include <string>

namespace test {

inline std::string get_from(const char* address, std::uint16_t port, const std::string& target) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io, {asio::ip::make_address(address), 0});
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(socket, asio::buffer("GET " + target + " HTTP/1.0\r\nHost: x\r\n\r\n"));
  std::string reply;
  asio::error_code end;
  asio::read(socket, asio::dynamic_buffer(reply), end);
  return reply.substr(reply.find("\r\n\r\n") + 4);
}

}  // namespace test
