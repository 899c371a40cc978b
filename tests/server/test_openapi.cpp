#include <catch2/catch.hpp>
#include <set>

#include "agent/json.hpp"
#include "http/openapi.hpp"
#include "http/schema.hpp"
#include "tests/server/api_server.hpp"

using agent::json::Document;
using agent::json::Value;
using namespace server;

namespace {

struct Inner {
  std::uint32_t count = 0;
  static void fields(auto& field) { field("count", &Inner::count, "how many"); }
};

struct Outer {
  std::string name;
  std::vector<Inner> parts;
  std::map<std::string, double> loads;
  std::optional<bool> flag;
  agent::json::Raw any;
  static void fields(auto& field) {
    field("name", &Outer::name);
    field("parts", &Outer::parts, "its parts");
    field("loads", &Outer::loads);
    field("flag", &Outer::flag);
    field("any", &Outer::any);
  }
};

// The names in braces of a pattern.
std::set<std::string> path_names(std::string_view pattern) {
  std::set<std::string> names;
  for (std::size_t at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1)) {
    names.emplace(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
  }
  return names;
}

std::string operation_key(const Route& route) {
  std::string key(route.method);
  for (char& letter : key) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return key;
}

}  // namespace

TEST_CASE("A schema is made of a struct's fields", "[server]") {
  CHECK(schema_of<Outer>() ==
        R"({"type":"object","properties":{"name":{"type":"string"},)"
        R"("parts":{"type":["array","null"],"items":{"type":"object","properties":{)"
        R"("count":{"type":"integer","minimum":0,"description":"how many"}}},"description":"its parts"},)"
        R"("loads":{"type":["object","null"],"additionalProperties":{"type":"number"}},)"
        R"("flag":{"type":"boolean"},"any":{}}})");
}

TEST_CASE("The document holds every route and nothing else", "[server]") {
  test::ApiServer server;
  test::HttpReply reply = server.get("/docs/openapi.json");
  REQUIRE(reply.status == 200);
  Document document = Document::parse(reply.body);
  CHECK(document.root().find("openapi").as_string() == "3.1.0");
  CHECK(document.root().find("info").find("version").as_string() == "2.0.0");
  CHECK(document.root().find("servers").at(0).find("url").as_string() == "/");
  Value paths = document.root().find("paths");

  std::set<std::string> ids;
  std::set<std::string> routes;
  for (const auto& route : server.router().routes()) {
    CAPTURE(route->method, route->pattern);
    routes.insert(operation_key(*route) + " " + std::string(route->pattern));
    Value operation = paths.find(route->pattern).find(operation_key(*route));
    REQUIRE(operation.is_object());
    CHECK(operation.find("summary").as_string() == route->summary);
    const std::string id(operation.find("operationId").as_string());
    CHECK(id == operation_id(*route));
    CHECK(ids.insert(id).second);  // no other one has it
    CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
          std::string::npos);
    CHECK(operation.find("parameters").size() == route->parameters.size());
    CHECK(operation.find("security").size() == (route->authenticate ? 3u : 0u));
    CHECK(operation.find("requestBody").is_object() == !route->body_schema.empty());
    CHECK(operation.find("responses").find("200").is_object());
    CHECK(operation.find("responses").find("429").is_object() == route->limited);
  }
  std::set<std::string> operations;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    auto [pattern, methods] = paths.member(i);
    for (std::size_t j = 0; j < methods.size(); ++j) {
      operations.insert(std::string(methods.member(j).first) + " " + std::string(pattern));
    }
  }
  CHECK(operations == routes);
}

TEST_CASE("The document tells how to prove who one is, by a token or by a browser's session", "[server]") {
  test::ApiServer server;
  Document document = Document::parse(server.get("/docs/openapi.json").body);
  const Value schemes = document.root().find("components").find("securitySchemes");
  CHECK(schemes.find("token").find("scheme").as_string() == "bearer");
  CHECK(schemes.find("session").find("in").as_string() == "cookie");
  const Value ways = document.root().find("paths").find("/api/agents").find("get").find("security");
  REQUIRE(ways.size() == 3);
  CHECK(ways.at(0).size() == 0);
  for (std::size_t i = 1; i < ways.size(); ++i) CHECK(schemes.find(ways.at(i).member(0).first).is_object());
}

TEST_CASE("Every route declares the parameters of its path, in their order", "[server]") {
  test::ApiServer server;
  for (const auto& route : server.router().routes()) {
    CAPTURE(route->pattern);
    std::set<std::string> declared;
    for (const Parameter& parameter : route->parameters) {
      if (parameter.in == In::path) declared.emplace(parameter.name);
    }
    CHECK(declared == path_names(route->pattern));
    CHECK(!route->summary.empty());
    if (!route->schema.empty()) Document::parse(route->schema);
    if (!route->body_schema.empty()) Document::parse(route->body_schema);
  }
}

TEST_CASE("An operation is named after its method and its path", "[server]") {
  const auto id = [](std::string_view method, std::string_view pattern) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    return operation_id(route);
  };
  CHECK(id("GET", "/") == "getIndex");
  CHECK(id("GET", "/api/agents/{id}") == "getAgentsById");
  CHECK(id("POST", "/api/exec/{id}/run") == "postExecByIdRun");
  CHECK(id("GET", "/api/exec/{id}/tasks/{task}/output") == "getExecByIdTasksByTaskOutput");
  CHECK(id("GET", "/docs/openapi.json") == "getDocsOpenapiJson");
}

TEST_CASE("A form is a form in the document", "[server]") {
  test::ApiServer server;
  Document document = Document::parse(server.get("/docs/openapi.json").body);
  Value body = document.root()
                   .find("paths")
                   .find("/api/file/{id}/upload")
                   .find("post")
                   .find("requestBody")
                   .find("content");
  CHECK(body.find("multipart/form-data").is_object());
  CHECK_FALSE(body.find("application/json").is_object());
}

TEST_CASE("A parameter's rules stand in the document", "[server]") {
  test::ApiServer server;
  Document document = Document::parse(server.get("/docs/doc.json").body);
  Value parameters = document.root().find("paths").find("/api/agents").find("get").find("parameters");
  CHECK(parameters.at(4).find("name").as_string() == "size");
  CHECK(parameters.at(4).find("schema").text() == R"({"type":"integer","default":20,"minimum":10})");
  Value id = document.root().find("paths").find("/api/foo/{id}").find("get").find("parameters").at(0);
  CHECK(id.find("in").as_string() == "path");
  CHECK(id.find("required").as_bool());
}

TEST_CASE("/docs is a page that lists the routes", "[server]") {
  test::ApiServer server;
  test::HttpReply reply = server.get("/docs");
  CHECK(reply.status == 200);
  CHECK_THAT(reply.head, Catch::Contains("Content-Type: text/html; charset=utf-8\r\n"));
  CHECK_THAT(reply.body, Catch::Contains("<code>/api/foo/{id}</code>"));
  CHECK_THAT(reply.body, Catch::Contains("<code>files</code> (required): names out of the list"));
  CHECK(server.get("/docs/index.html").body == reply.body);
  CHECK(server.get("/docs/").status == 301);
}
