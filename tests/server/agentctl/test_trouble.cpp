#include "agentctl/trouble.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agentctl/api_client.hpp"
#include "agentctl/unavailable.hpp"

using namespace agentctl;

namespace {

std::string advice(const agent::Error& error) { return trouble_of(error, Connection{}).advice; }

std::string advice(int code, const std::string& text, bool is_page = false) {
  ApiError error(code, text);
  error.is_page = is_page;
  return advice(error);
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("What a server cannot do has an advice of its own for each reason", "[agentctl]") {
  CHECK(says(advice(503, "rate limit"), "cache_dir"));
  CHECK(says(advice(503, "server is stopping"), "try again in a moment"));
  CHECK(says(advice(503, "agent does not read what it is sent"), "look at its machine"));
  CHECK(says(advice(503, "open /x: No such file or directory"), "the agent says this"));
}

TEST_CASE("What a proxy answers is not taken for the server's word", "[agentctl]") {
  for (const int code : {502, 503, 504}) CHECK(says(advice(code, "Service Unavailable", true), "a proxy"));
  CHECK(advice(504, "timeout").empty());
  CHECK(says(advice(502, "Bad Gateway"), "a proxy"));
}

TEST_CASE("No advice sends a person to a call that the same fault refuses", "[agentctl]") {
  for (const char* text : {"rate limit", "server is stopping", "Service Unavailable"}) {
    CHECK_FALSE(says(advice(503, text), "agentctl server"));
    CHECK_FALSE(says(advice(503, text, true), "agentctl server"));
  }
}

TEST_CASE("A stop and a proxy pass by themselves and a full disk does not", "[agentctl]") {
  CHECK(passes_by_itself(why_unavailable(ApiError(503, "server is stopping"))));
  CHECK(passes_by_itself(why_unavailable(ApiError(502, "Bad Gateway"))));
  CHECK_FALSE(passes_by_itself(why_unavailable(ApiError(503, "rate limit"))));
  CHECK_FALSE(passes_by_itself(why_unavailable(ApiError(503, "no such user"))));
  CHECK_FALSE(passes_by_itself(why_unavailable(ApiError(404, "not found: agent"))));
}
