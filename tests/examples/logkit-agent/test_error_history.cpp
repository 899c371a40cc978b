#include "examples/logkit-agent/run/error_history.hpp"

#include <catch2/catch.hpp>

using namespace logkit;

namespace {

std::vector<HistoryError> list_of(ErrorHistory& history) {
  std::vector<HistoryError> list;
  history.update(list);
  return list;
}

}  // namespace

TEST_CASE("An error that comes again is counted and not repeated", "[examples]") {
  ErrorHistory history(100);
  CHECK(list_of(history).empty());
  history.note("a", 1);
  history.note("b", 2);
  history.note("a", 3);
  CHECK(list_of(history) == std::vector<HistoryError>{{"b", 2, 1}, {"a", 3, 2}});
  std::vector<HistoryError> list{{"mine", 0, 0}};
  history.update(list);  // nothing has changed
  CHECK(list.size() == 1);
  history.note("c", 4);
  history.update(list);
  CHECK(list.size() == 3);
}

TEST_CASE("The errors of a history are bounded in number and size", "[examples]") {
  ErrorHistory history(2);
  history.note("a", 1);
  history.note("b", 2);
  history.note("a", 3);
  history.note(std::string(5000, 'x'), 4);
  history.note(std::string(6000, 'x'), 5);
  CHECK(list_of(history) == std::vector<HistoryError>{{"a", 3, 2}, {std::string(1024, 'x'), 5, 2}});
  history.note("b", 6);
  CHECK(list_of(history).back() == HistoryError{"b", 6, 1});
}
