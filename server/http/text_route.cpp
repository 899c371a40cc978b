#include "http/text_route.hpp"

#include <utility>

namespace server {

Route text_route(std::string_view pattern, std::string_view summary, Handler handler) {
  Route route;
  route.method = "GET";
  route.pattern = pattern;
  route.summary = summary;
  route.content_type = "text/plain";
  route.handler = std::move(handler);
  return route;
}

}  // namespace server
