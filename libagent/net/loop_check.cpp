#include "net/loop_check.hpp"

#include <utility>

#include "net/loop.hpp"

namespace agent::net {

LoopCheck::LoopCheck(std::vector<Loop*> loops, std::chrono::nanoseconds interval,
                     std::function<void()> all_run)
    : loops_(std::move(loops)),
      round_(std::make_shared<Round>()),
      ticker_(*loops_.front(), interval, [this] { begin_round(); }) {
  round_->all_run = std::move(all_run);
  ticker_.start();
}

LoopCheck::~LoopCheck() = default;

// The first loop runs, for this is it.
void LoopCheck::begin_round() {
  if (loops_.size() == 1) return round_->all_run();
  if (round_->open > 0) return;
  round_->open = loops_.size() - 1;
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    loops_[i]->post([round = round_] {
      if (--round->open == 0) round->all_run();
    });
  }
}

}  // namespace agent::net
