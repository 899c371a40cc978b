// socket_pair: two connected TCP sockets on loopback. yield: lets other handlers of the loop run.
#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "agent/task.hpp"
#include "net/loop.hpp"

namespace test {

inline std::pair<asio::ip::tcp::socket, asio::ip::tcp::socket> socket_pair(agent::net::Loop& loop) {
  using asio::ip::tcp;
  tcp::acceptor acceptor(loop.io(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket left(loop.io());
  left.connect(acceptor.local_endpoint());
  return {std::move(left), acceptor.accept()};
}

inline agent::Task<> yield(agent::net::Loop& loop) { co_await asio::post(loop.io(), asio::use_awaitable); }

}  // namespace test
