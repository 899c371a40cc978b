#include <catch2/catch.hpp>

#include "http/csv.hpp"

using namespace server;
using List = std::vector<std::string>;

TEST_CASE("A csv value is split at its commas, and %2c% is one that stays", "[server]") {
  CHECK(split_csv("a,b") == List{"a", "b"});
  CHECK(split_csv("a%2c%b") == List{"a,b"});
  CHECK(split_csv("a%2c%%2c%b,c%2c%") == List{"a,,b", "c,"});
  CHECK(split_csv("%2c") == List{"%2c"});
  CHECK(split_csv(",a,,b,") == List{"a", "b"});
  CHECK(split_csv("").empty());
}

TEST_CASE("Names come as repeated keys, with commas, or both", "[server]") {
  CHECK(read_list({"a,b", "c"}) == List{"a", "b", "c"});
  CHECK(read_list({""}).empty());
  CHECK(read_list({}).empty());
}

TEST_CASE("Arguments that come one by one keep their commas", "[server]") {
  CHECK(read_arguments({"a,b", "c%2c%d"}) == List{"a,b", "c%2c%d"});
  CHECK(read_arguments({"a", "", "b"}) == List{"a", "", "b"});
  CHECK(read_arguments({"a,b%2c%c"}) == List{"a", "b,c"});
  CHECK(read_arguments({""}).empty());
  CHECK(read_arguments({}).empty());
}

TEST_CASE("An environment is split only where entries begin", "[server]") {
  CHECK(read_environment({"A=1,B=2"}) == List{"A=1", "B=2"});
  CHECK(read_environment({"E=x,y"}) == List{"E=x,y"});
  CHECK(read_environment({"E=x%2c%y"}) == List{"E=x,y"});
  CHECK(read_environment({"E=x%2c%y,_F2=z"}) == List{"E=x,y", "_F2=z"});
  CHECK(read_environment({"E=x,y%2c%z"}) == List{"E=x,y,z"});
  CHECK(read_environment({"E=x,2=y"}) == List{"E=x,2=y"});
  CHECK(read_environment({"A=x,y", "B=z,C=1"}) == List{"A=x,y", "B=z,C=1"});
  CHECK(read_environment({"A=1", ""}) == List{"A=1"});
  CHECK(read_environment({""}).empty());
  CHECK(read_environment({}).empty());
}
