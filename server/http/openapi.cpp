#include "http/openapi.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "agent/json.hpp"
#include "base/ascii_case.hpp"

namespace server {
namespace {

using agent::json::Writer;

void write_parameter(Writer& out, const Parameter& parameter) {
  bool in_path = parameter.in == In::path;
  out.begin_object().key("name").string(parameter.name).key("in").string(in_path ? "path" : "query");
  if (!parameter.summary.empty()) out.key("description").string(parameter.summary);
  if (in_path || parameter.required) out.key("required").boolean(true);
  out.key("schema").begin_object();
  if (parameter.type == Type::list) {
    out.key("type").string("array").key("items").begin_object().key("type").string("string").end_object();
    if (parameter.required) out.key("minItems").integer(1);
  } else {
    out.key("type").string(parameter.type == Type::integer ? "integer" : "string");
  }
  if (parameter.fallback) out.key("default").integer(*parameter.fallback);
  if (parameter.min) out.key("minimum").integer(*parameter.min);
  out.end_object();
  if (parameter.type == Type::list) out.key("style").string("form").key("explode").boolean(true);
  out.end_object();
}

// The envelope around the payload's schema, or the error's.
void write_envelope(Writer& out, const Route& route) {
  out.key("oneOf").begin_array();
  out.begin_object().key("type").string("object").key("properties").begin_object();
  out.key("code").begin_object().key("const").integer(200).end_object();
  if (!route.schema.empty()) out.key("payload").raw(route.schema);
  out.key("extime")
      .begin_object()
      .key("type")
      .string("integer")
      .key("description")
      .string("milliseconds")
      .end_object();
  out.end_object();
  out.key("required").begin_array().string("code").string("extime").end_array().end_object();
  out.begin_object().key("$ref").string("#/components/schemas/Failure").end_object();
  out.end_array();
}

void write_content(Writer& out, const Route& route) {
  const auto begin = [&out](std::string_view type) {
    out.key(type).begin_object().key("schema").begin_object();
  };
  out.key("content").begin_object();
  if (route.shows_envelope()) {
    begin("application/json");
    write_envelope(out, route);
  } else {
    begin(route.content_type.empty() ? "text/plain" : route.content_type);
  }
  out.end_object().end_object();
  for (const std::string_view type : route.stream_types) {
    begin(type);
    out.end_object().end_object();
  }
  out.end_object();
}

void write_responses(Writer& out, const Route& route) {
  out.key("responses").begin_object();
  out.key("200").begin_object().key("description");
  out.string(route.shows_envelope() ? "code 200 and the payload, or the code of a failure" : "the content");
  write_content(out, route);
  out.end_object();
  if (route.authenticate) {
    out.key("401")
        .begin_object()
        .key("description")
        .string("an API token is missing or unknown")
        .end_object();
  }
  if (route.takes_json()) {
    out.key("415").begin_object().key("description");
    out.string("a browser sent something else than application/json").end_object();
  }
  out.key("4XX").begin_object().key("description");
  out.string("the request is at fault, or comes from where it may not: the body says why").end_object();
  if (route.limited) {
    out.key("429").begin_object().key("description");
    out.string("too much at once for this agent: again after Retry-After seconds").end_object();
  }
  out.end_object();
}

void write_operation(Writer& out, const Route& route) {
  out.key(agent::to_lower(route.method)).begin_object();
  out.key("operationId").string(operation_id(route)).key("summary").string(route.summary);
  if (!route.parameters.empty()) {
    out.key("parameters").begin_array();
    for (const Parameter& parameter : route.parameters) write_parameter(out, parameter);
    out.end_array();
  }
  if (!route.body_schema.empty()) {
    out.key("requestBody").begin_object().key("required").boolean(true).key("content").begin_object();
    out.key(route.body_type).begin_object().key("schema").raw(route.body_schema);
    out.end_object().end_object().end_object();
  }
  write_responses(out, route);
  out.key("security").begin_array();
  if (route.authenticate) {
    out.begin_object().end_object();  // servers without API tokens ask for none
    out.begin_object().key("token").begin_array().end_array().end_object();
    out.begin_object().key("session").begin_array().end_array().end_object();
  }
  out.end_array().end_object();
}

void write_security_schemes(Writer& out) {
  out.key("securitySchemes").begin_object();
  out.key("token").begin_object().key("type").string("http").key("scheme").string("bearer").end_object();
  out.key("session").begin_object().key("type").string("apiKey").key("in").string("cookie");
  out.key("name").string("agent-console");
  out.key("description")
      .string(
          "a browser that has signed in at the web page. The cookie's name ends with the port (agent-console-13081) "
          "and begins with __Host- under TLS; what changes something also needs the header X-Agent-Console");
  out.end_object().end_object();
}

void write_components(Writer& out) {
  out.key("components").begin_object();
  write_security_schemes(out);
  out.key("schemas").begin_object().key("Failure").raw(
      R"({"type":"object","properties":{)"
      R"("code":{"type":"integer","description":"400, 401, 404, 413, 415, 424, 429, 500, 503 or 504"},)"
      R"("msg":{"type":"string"},"reqid":{"type":"string","description":"the request in the server's log"},)"
      R"("extime":{"type":"integer","description":"milliseconds"}},"required":["code","msg","reqid","extime"]})");
  out.end_object().end_object();
}

void append_word(std::string& name, std::string_view word) {
  if (word.empty()) return;
  name += static_cast<char>(std::toupper(static_cast<unsigned char>(word.front())));
  name += word.substr(1);
}

// Words are what stands between characters that no name has.
void append_words(std::string& name, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("._-"), text.size());
    append_word(name, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::string operation_id(const Route& route) {
  constexpr std::string_view kApi = "/api/";
  std::string name = agent::to_lower(route.method);
  std::string_view path = route.pattern;
  if (path == "/") return name + "Index";
  path.remove_prefix(path.starts_with(kApi) ? kApi.size() : 1);
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    std::string_view segment = path.substr(0, end);
    const bool is_parameter = segment.starts_with('{');
    if (is_parameter) {
      name += "By";
      segment = segment.substr(1, segment.size() - 2);
    }
    append_words(name, segment);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return name;
}

std::string openapi_document(const Router& router, std::string_view title, std::string_view version) {
  std::map<std::string_view, std::vector<const Route*>> paths;
  for (const auto& route : router.routes()) paths[route->pattern].push_back(route.get());

  Writer out;
  out.begin_object().key("openapi").string("3.1.0");
  out.key("info").begin_object().key("title").string(title).key("version").string(version);
  out.key("license").begin_object().key("name").string("Apache 2.0").key("identifier").string("Apache-2.0");
  out.end_object().end_object();
  out.key("servers").begin_array().begin_object().key("url").string("/");
  out.key("description").string("where this document comes from").end_object().end_array();
  out.key("paths").begin_object();
  for (const auto& [pattern, routes] : paths) {
    out.key(pattern).begin_object();
    for (const Route* route : routes) write_operation(out, *route);
    out.end_object();
  }
  out.end_object();
  write_components(out);
  return out.end_object().take();
}

}  // namespace server
