// Counting: an agent that counts aloud, for the tests of agent/testing.hpp.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <vector>

#include "agent/agent.hpp"

namespace counting {

using namespace agent;

struct Count {
  static constexpr MessageKind message{1001, "count"};
  int to = 0;
  static void fields(auto& field) { field("to", &Count::to); }
};

struct Number {
  static constexpr MessageKind message{1002, "number"};
  int value = 0;
  static void fields(auto& field) { field("value", &Number::value); }
};

struct Unserved {
  static constexpr MessageKind message{1003, ""};
  static void fields(auto&) {}
};

struct CountRules {
  std::chrono::milliseconds pause{1000};
  int most = 10;
  static void fields(auto& field) {
    field("count.pause", &CountRules::pause, "between two numbers");
    field("count.most", &CountRules::most, "the highest number", FieldRules{.min = "1"});
  }
};

// An agent that counts aloud.
struct Counting {
  Counting() {
    agent.config(rules);
    agent.on<Count>([this](Count count, Call call) { return serve(count, call); });
  }

  Task<> serve(Count count, Call call) {
    if (keeps) call.keep();
    if (count.to > rules.most) throw Error(Errc::bad_message, "too far");
    const CleanUp clean_up(cleaned_up);
    for (int i = 1; i <= count.to; ++i) {
      co_await Agent::pause(rules.pause);
      call.send(Number{i});
    }
  }

  struct CleanUp {
    explicit CleanUp(bool& the_flag) : flag(the_flag) {}
    ~CleanUp() { flag = true; }
    CleanUp(const CleanUp&) = delete;
    CleanUp& operator=(const CleanUp&) = delete;
    bool& flag;
  };

  Agent agent{"counting-agent", "1.0.0"};
  CountRules rules;
  bool keeps = false;
  bool cleaned_up = false;
};

inline std::vector<int> values(const std::vector<Number>& numbers) {
  std::vector<int> out;
  for (const Number& number : numbers) out.push_back(number.value);
  return out;
}

inline Errc code_of(const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return Errc::io;
}

}  // namespace counting
