// What stands behind the "?" of a request.
#include <fmt/format.h>

#include "http/csv.hpp"
#include "http/parameter.hpp"
#include "http/range.hpp"
#include "http/reply.hpp"
#include "http/sniff.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using server::In;
using server::Parameter;
using server::Query;
using server::Type;

const std::vector<Parameter> kDeclared{
    {.name = "id", .in = In::path, .summary = ""},
    {.name = "page", .type = Type::integer, .summary = "", .fallback = 1, .min = 1},
    {.name = "dir", .summary = "", .required = true},
    {.name = "files", .type = Type::list, .summary = ""},
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

void check_again(const Query& query) {
  std::string text;
  for (const auto& [name, value] : query) text += escaped(name) + '=' + escaped(value) + '&';
  fuzz::require(server::parse_query(text) == query, "an escaped query is not the same query");
}

void read_arguments(const Query& query) {
  try {
    const server::Arguments arguments(kDeclared, {"web-1"}, query);
    fuzz::require(arguments.integer("page") >= 1, "a page below the smallest one");
    fuzz::require(!arguments.text("dir").empty(), "a required text that is not there");
    for (const std::string& file : arguments.list("files"))
      fuzz::require(!file.empty(), "an item of nothing");
  } catch (const server::RequestError& error) {
    fuzz::require(error.status == 400, "a refusal that is no 400");
  }
}

void read_range(std::string_view text) {
  constexpr std::uint64_t kSize = 1000;
  const server::RangeAnswer answer = server::evaluate_range(text, "", "\"etag\"", kSize);
  if (answer.kind == server::RangeAnswer::Kind::part)
    fuzz::require(answer.begin < answer.end && answer.end <= kSize, "a range outside of the content");
}

}  // namespace

void fuzz::query(std::string_view input) {
  require(server::percent_decode(input).size() <= input.size(), "decoding makes it longer");
  require(server::percent_decode(escaped(input)) == input, "what was escaped does not come back");
  const Query query = server::parse_query(input);
  check_again(query);
  read_arguments(query);
  read_range(input);
  server::read_environment({std::string(input)});
  server::sniff_content_type(input);
}
