#include "http/router.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace server {
namespace {

// The first segment of a path without its leading slash; `path` is what follows.
std::string_view take_segment(std::string_view& path) {
  std::size_t end = std::min(path.find('/'), path.size());
  std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end, path.size()));
  return segment;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

// In the order in which Allow names them.
constexpr std::array<std::string_view, 5> kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};

std::string allow_of(const std::vector<std::string_view>& methods) {
  if (methods.empty()) return {};
  std::string allow;
  for (const std::string_view method : kMethods) {
    if (std::find(methods.begin(), methods.end(), method) == methods.end()) continue;
    allow.append(method).append(method == "GET" ? ", HEAD, " : ", ");
  }
  return allow + "OPTIONS";
}

std::string toggle_slash(std::string_view path) {
  if (path.ends_with('/')) return std::string(path.substr(0, path.size() - 1));
  return std::string(path) + '/';
}

}  // namespace

// One segment of the patterns. Fixed names are few, so a vector beats a map.
struct Router::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> fixed;
  std::unique_ptr<Node> parameter;
  std::vector<const Route*> routes;  // one per method

  Node& child(std::string_view segment) {
    if (is_parameter(segment)) {
      if (!parameter) parameter = std::make_unique<Node>();
      return *parameter;
    }
    for (auto& [name, node] : fixed) {
      if (name == segment) return *node;
    }
    return *fixed.emplace_back(segment, std::make_unique<Node>()).second;
  }

  // `path` is empty or begins with a slash. Fixed names win over parameters.
  const Route* find(std::string_view method, std::string_view path, std::vector<std::string>& values) const {
    if (path.empty()) {
      for (const Route* route : routes) {
        if (route->method == method) return route;
      }
      return nullptr;
    }
    path.remove_prefix(1);
    std::string_view segment = take_segment(path);
    for (const auto& [name, node] : fixed) {
      if (name != segment) continue;
      if (const Route* route = node->find(method, path, values)) return route;
    }
    if (!parameter || segment.empty()) return nullptr;
    values.push_back(percent_decode(segment));
    if (const Route* route = parameter->find(method, path, values)) return route;
    values.pop_back();
    return nullptr;
  }

  // The methods of all routes that `path` fits.
  void collect(std::string_view path, std::vector<std::string_view>& methods) const {
    if (path.empty()) {
      for (const Route* route : routes) methods.push_back(route->method);
      return;
    }
    path.remove_prefix(1);
    const std::string_view segment = take_segment(path);
    for (const auto& [name, node] : fixed) {
      if (name == segment) node->collect(path, methods);
    }
    if (parameter && !segment.empty()) parameter->collect(path, methods);
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::add(Route route) {
  assert(route.pattern.starts_with('/'));
  routes_.push_back(std::make_unique<Route>(std::move(route)));
  routes_.back()->index = routes_.size() - 1;
  routes_.back()->known_keys = BodyKeys(routes_.back()->body_schema);
  Node* node = root_.get();
  std::size_t parameters = 0;
  for (std::string_view path = routes_.back()->pattern; !path.empty();) {
    path.remove_prefix(1);
    const std::string_view segment = take_segment(path);
    node = &node->child(segment);
    if (!is_parameter(segment)) continue;
    if (segment.substr(1, segment.size() - 2) == routes_.back()->at_agent)
      routes_.back()->agent_index = parameters;
    ++parameters;
  }
  node->routes.push_back(routes_.back().get());
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  std::string_view known_method = method == "HEAD" ? "GET" : method;
  match.route = root_->find(known_method, path, match.values);
  if (match.route) return match;
  std::string other = toggle_slash(path);
  std::vector<std::string> ignored;
  if (root_->find(known_method, other, ignored)) match.redirect = std::move(other);
  return match;
}

std::string Router::allowed(std::string_view path) const {
  std::vector<std::string_view> methods;
  if (path == "*") {
    for (const auto& route : routes_) methods.push_back(route->method);
  } else if (path.starts_with('/')) {
    root_->collect(path, methods);
  }
  return allow_of(methods);
}

}  // namespace server
