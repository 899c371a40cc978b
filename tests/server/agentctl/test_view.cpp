#include "agentctl/view.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace agentctl;
using agent::json::Document;

TEST_CASE("A table is as wide as its cells and is cut only to a width", "[server]") {
  const std::vector<Column> columns{{.title = "ID", .key = "id"},
                                    {.title = "N", .key = "n", .is_right = true}};
  const std::vector<std::vector<std::string>> rows{{"web-1", "7"}, {"a", ""}};
  CHECK(table_text(columns, rows, 0) == "ID     N\nweb-1  7\na      -\n");
  CHECK(table_text(columns, rows, 5) == "ID  …\nweb-…\na   …\n");
}

TEST_CASE("A table makes its cells harmless", "[server]") {
  const std::vector<Column> columns{{.title = "ID", .key = "id"}};
  CHECK(table_text(columns, {{"\x1b[31mred\n"}}, 0) == "ID\n\\x1b[31mred\\n\n");
}

TEST_CASE("Members within objects are reached by dots", "[server]") {
  const Document document = Document::parse(R"({"a":{"b":[1]},"c":true,"d":1.50})");
  CHECK(member_at(document.root(), "a.b").size() == 1);
  CHECK(member_at(document.root(), "a.x.y").is_null());
  CHECK(cell_text(member_at(document.root(), "c")) == "yes");
  CHECK(cell_text(member_at(document.root(), "d")) == "1.50");
}

TEST_CASE("YAML reads back as the JSON that it was", "[server]") {
  const Document document = Document::parse(
      R"({"id":"web-1","empty":[],"none":{},"n":-1.5,"yes":"yes","null":null,"text":"a: b\n\u001b","list":[1,{"k":"v","m":[2]},[3]],"o":{"p":true}})");
  CHECK(yaml_text(document.root()) ==
        "id: web-1\n"
        "empty: []\n"
        "none: {}\n"
        "\"n\": -1.5\n"
        "\"yes\": \"yes\"\n"
        "\"null\": null\n"
        "text: \"a: b\\n\\u001b\"\n"
        "list:\n"
        "- 1\n"
        "- k: v\n"
        "  m:\n"
        "  - 2\n"
        "-\n"
        "  - 3\n"
        "o:\n"
        "  p: true\n");
}
