#include "http/exposition_reply.hpp"

#include <utility>

namespace server {

Reply exposition_reply(std::string series) {
  Reply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = std::move(series);
  return reply;
}

}  // namespace server
