#include "http/exposition_reply.hpp"

#include <utility>

namespace server {

Reply exposition_reply(std::string series) {
  Reply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = std::move(series);
  return reply;
}

Route exposition_route(std::string_view pattern, std::string_view summary, Handler handler) {
  Route route;
  route.method = "GET";
  route.pattern = pattern;
  route.summary = summary;
  route.content_type = "text/plain";
  route.handler = std::move(handler);
  return route;
}

}  // namespace server
