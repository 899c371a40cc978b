#include "views/cluster_view.hpp"

#include <exception>
#include <utility>

#include "agent/json.hpp"

namespace server::views {
namespace {

constexpr std::string_view kSeparators = "\xE2\x80\xA8\xE2\x80\xA9";  // U+2028, U+2029

// They stand in strings only.
std::string escaped(std::string json) {
  if (json.find_first_of("<>&\xE2") == std::string::npos) return json;
  std::string out;
  out.reserve(json.size() + json.size() / 8);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view here = std::string_view(json).substr(i, 3);
    if (json[i] == '<') {
      out += "\\u003c";
    } else if (json[i] == '>') {
      out += "\\u003e";
    } else if (json[i] == '&') {
      out += "\\u0026";
    } else if (here == kSeparators.substr(0, 3) || here == kSeparators.substr(3)) {
      out += here == kSeparators.substr(3) ? "\\u2029" : "\\u2028";
      i += 2;
    } else {
      out += json[i];
    }
  }
  return out;
}

}  // namespace

ViewAnswer answer_of(const ClusterView& view, const ClusterState& state, const ViewKey& key) {
  if (std::string fault = state.only_fault(view.area, key.names); !fault.empty())
    return ViewAnswer::refuse(std::move(fault));
  try {
    ViewAnswer answer = view.make(state, key);
    if (!answer.is_refusal) answer.text = escaped(std::move(answer.text));
    return answer;
  } catch (const std::exception& error) {
    return ViewAnswer::refuse(std::string("the view failed: ") + error.what());
  }
}

ClusterView app_view(std::string_view path, std::string_view summary,
                     std::function<ViewAnswer(const ClusterState&, const ViewKey&)> make) {
  return {.path = path,
          .summary = summary,
          .access = Access::app,
          .parameter = "appname",
          .parameter_summary = "an app; absent or *: all",
          .key = folder_key,
          .make = std::move(make)};
}

ViewKey folder_key(const std::string& text, const ViewOptions&) {
  if (text.empty() || text == "*") return {};
  return {.names = text + "/"};
}

ViewAnswer object_of(const Members& members) {
  agent::json::Writer out;
  out.begin_object();
  for (const auto& [name, json] : members) out.key(name).raw(json);
  return {out.end_object().take()};
}

std::string variable_of(const std::vector<std::string>& env, std::string_view name) {
  for (const std::string& line : env)
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=')
      return line.substr(name.size() + 1);
  return {};
}

}  // namespace server::views
