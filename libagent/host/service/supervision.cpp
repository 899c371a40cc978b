#include "host/service/supervision.hpp"

#include <algorithm>

namespace agent::host {

using std::chrono::seconds;

void Supervision::leave(int code) {
  state_ = State::left;
  deadline_.reset();
  exit_code_ = code;
}

void Supervision::started(TimePoint now) {
  if (state_ != State::start) return;
  state_ = State::run;
  began_ = now;
}

void Supervision::ended(int code, TimePoint now) {
  if (state_ == State::stop) return leave(0);
  if (state_ != State::run && state_ != State::start) return;
  if (state_ == State::run && now - began_ >= kLongLife) {
    pause_ = seconds(0);
    exits_ = 0;
  }
  ++exits_;
  if (code == kBadConfig || (max_exits_ > 0 && exits_ >= max_exits_)) return leave(code);
  pause_ = pause_ == seconds(0) ? seconds(1) : std::min(2 * pause_, kLongestPause);
  state_ = State::pause;
  deadline_ = now + pause_;
}

void Supervision::told_to_stop(TimePoint now) {
  if (state_ == State::start || state_ == State::pause) return leave(0);
  if (state_ != State::run) return;
  state_ = State::stop;
  deadline_ = now + kStopLimit;
}

void Supervision::time_passed(TimePoint now) {
  if (!deadline_ || now < *deadline_) return;
  deadline_.reset();
  if (state_ == State::pause) state_ = State::start;
  if (state_ == State::stop) kill_due_ = true;
}

}  // namespace agent::host
