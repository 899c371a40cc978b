#include "json_frames.hpp"

#include <algorithm>

namespace logkit {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

}  // namespace

bool JsonFrames::step(char c) {
  switch (state_) {
    case State::between:
      state_ = c == '{' || c == '[' ? State::value : State::line;
      depth_ = state_ == State::value ? 1 : 0;
      return false;
    case State::value:
      if (c == '"') state_ = State::text;
      if (c == '{' || c == '[') ++depth_;
      if (c == '}' || c == ']') --depth_;
      return depth_ == 0;
    case State::text:
      if (c == '"') state_ = State::value;
      if (c == '\\') state_ = State::escape;
      return false;
    case State::escape: state_ = State::text; return false;
    case State::line: return c == '\n';
  }
  return false;
}

void JsonFrames::feed(std::string_view bytes, const FrameSink& sink) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (state_ == State::between && is_blank(bytes[at])) {
      begin = at + 1;
      continue;
    }
    if (step(bytes[at])) {
      hand_over(bytes.substr(begin, at + 1 - begin), sink);
      begin = at + 1;
    } else if (state_ != State::line && kept_.size() + at - begin >= max_) {
      state_ = State::line;  // what is left of it goes to the next line end
    }
  }
  keep(bytes.substr(begin));
}

void JsonFrames::finish(const FrameSink& sink) {
  if (state_ != State::between) hand_over({}, sink);
}

void JsonFrames::keep(std::string_view bytes) {
  const std::size_t room = max_ - std::min(max_, kept_.size());
  kept_ += bytes.substr(0, room);
  cut_ += bytes.size() - std::min(room, bytes.size());
}

void JsonFrames::hand_over(std::string_view last, const FrameSink& sink) {
  keep(last);
  std::string_view text = kept_;
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (!text.empty()) sink({text, cut_});
  kept_.clear();
  cut_ = 0;
  state_ = State::between;
}

}  // namespace logkit
