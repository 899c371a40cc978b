#include "direct_match.hpp"

#include <agent/utf8.hpp>
#include <algorithm>
#include <array>
#include <bit>

namespace logkit {
namespace {

using Kind = DirectStep::Kind;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
// Within a character of UTF-8.
bool is_inner(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Walk {
 public:
  Walk(const DirectSteps& program, std::string_view text, std::size_t at)
      : program_(program),
        steps_(program.steps.data()),
        begin_(text.data()),
        end_(begin_ + text.size()),
        place_(begin_ + at),
        step_(program.start),
        budget_(direct_budget(text.size() - at)),
        left_(budget_) {
    for (std::size_t i = 0; i < std::size_t{2} * program.groups; ++i) slots_[i] = nullptr;
  }

  DirectMatch go() {
    while (left_ >= 0) {
      const DirectStep& step = steps_[step_];
      if (step.kind == Kind::match) return {DirectAnswer::found, budget_ - left_};
      --left_;
      if (!take(step) && !step_back()) break;
    }
    return {left_ < 0 ? DirectAnswer::unknown : DirectAnswer::none, budget_ - left_};
  }

  void copy_groups(std::vector<std::string_view>& groups) const {
    groups.resize(program_.groups);
    for (std::size_t i = 0; i < program_.groups; ++i) {
      const char* const first = slots_[2 * i];
      const char* const last = slots_[2 * i + 1];
      groups[i] = first == nullptr || last == nullptr
                      ? std::string_view()
                      : std::string_view(first, static_cast<std::size_t>(last - first));
    }
  }

 private:
  // What is tried when the way that was taken does not work.
  struct Entry {
    const char* place;
    const char* low;     // run: as far back as it may go
    std::uint32_t step;  // the kind of it says what the entry is
    std::uint32_t ways;  // choice: those that are left; lazy_run: characters that were taken
  };
  static constexpr std::size_t kMaxEntries = 512;

  // Nothing more is tried.
  bool give_up() {
    left_ = std::min<std::int64_t>(left_, -1);
    return false;
  }

  std::uint64_t bits_at(const DirectStep& step, const char* place) const {
    return program_.sets[step.word][static_cast<unsigned char>(*place)];
  }

  bool push(const char* place, const char* low, std::uint32_t ways) {
    if (depth_ == kMaxEntries) return give_up();
    entries_[depth_++] = {place, low, step_, ways};
    return true;
  }

  bool go_on(const DirectStep& step, const char* place) {
    place_ = place;
    step_ = step.next;
    return true;
  }

  // False: the text does not go on like this.
  bool take(const DirectStep& step) {
    switch (step.kind) {
      case Kind::match: break;
      case Kind::text: return take_text(step);
      case Kind::set: {
        const char* const next = after_one(step, place_);
        return next != nullptr && go_on(step, next);
      }
      case Kind::run: return take_run(step);
      case Kind::lazy_run: return take_lazy_run(step);
      case Kind::choice: return take_choice(step);
      case Kind::save: return save(step);
      case Kind::begin: return place_ == begin_ && go_on(step, place_);
      case Kind::end: return place_ == end_ && go_on(step, place_);
      case Kind::boundary: return is_boundary() == step.is_wanted && go_on(step, place_);
    }
    return true;
  }

  bool take_text(const DirectStep& step) {
    if (static_cast<std::size_t>(end_ - place_) < step.size) return false;
    const char* const wanted = program_.texts.data() + step.from;
    left_ -= step.size / 16;
    // Most are short, and differ at once.
    for (std::uint32_t i = 0; i < step.size; ++i)
      if (place_[i] != wanted[i]) return false;
    return go_on(step, place_ + step.size);
  }

  // Behind one character of the set; nullptr: there is none.
  const char* after_one(const DirectStep& step, const char* place) {
    if (place == end_) return nullptr;
    if ((bits_at(step, place) & step.mask) != 0) return place + 1;
    if (is_ascii(*place) || step.others == Others::none) return nullptr;
    const std::size_t size = step.others == Others::all ? other_size(place) : 0;
    if (size == 0) give_up();
    return size == 0 ? nullptr : place + size;
  }

  // Bytes of a character that is not ASCII; 0: it is none.
  std::size_t other_size(const char* place) const {
    const int ones = std::countl_one(static_cast<unsigned char>(*place));
    const auto size = static_cast<std::size_t>(ones);
    const bool fits = ones >= 2 && ones <= 4 && size <= static_cast<std::size_t>(end_ - place);
    return fits && agent::is_utf8({place, size}) ? size : 0;
  }

  bool take_run(const DirectStep& step) {
    const DirectSteps::Sets& sets = program_.sets[step.word];
    const bool is_long = step.most >= static_cast<std::size_t>(end_ - place_);
    const char* const stop = is_long ? end_ : place_ + step.most;
    const char* place = place_;
    while (place < stop && (sets[static_cast<unsigned char>(*place)] & step.mask) != 0) ++place;
    if (place < stop && !is_ascii(*place) && step.others != Others::none) return take_mixed_run(step, place);
    left_ -= place - place_;
    if (place - place_ < static_cast<std::ptrdiff_t>(step.least)) return false;
    return end_run(step, place, place_ + step.least);
  }

  // One with characters that are not ASCII. Its characters are not counted.
  bool take_mixed_run(const DirectStep& step, const char* place) {
    if (step.most != ExpressionPart::kNoLimit || step.least > 1) return give_up();
    const char* low = step.least == 0 ? place_ : after_one(step, place_);
    for (const char* next = place; next != nullptr; next = after_one(step, place)) place = next;
    left_ -= place - place_;
    if (left_ < 0) return false;
    return end_run(step, place, low);
  }

  bool end_run(const DirectStep& step, const char* place, const char* low) {
    if (!step.is_sure && place > low && !push(place, low, 0)) return false;
    return go_on(step, place);
  }

  bool take_lazy_run(const DirectStep& step) {
    const char* place = place_;
    for (std::uint32_t i = 0; i < step.least; ++i) {
      --left_;
      place = after_one(step, place);
      if (place == nullptr) return false;
    }
    return go_on_lazily(step, place, step.least);
  }

  // To the next place where what follows may begin.
  bool go_on_lazily(const DirectStep& step, const char* place, std::uint32_t count) {
    for (;; ++count) {
      if (place == end_ ? step.follows_end : (bits_at(step, place) & step.follow) != 0) break;
      const char* const next = count == step.most ? nullptr : after_one(step, place);
      if (next == nullptr) return false;
      place = next;
      --left_;
    }
    return push(place, nullptr, count) && go_on(step, place);
  }

  bool take_choice(const DirectStep& step) {
    std::uint64_t ways = step.at_end;
    if (place_ != end_) ways = bits_at(step, place_) >> step.shift & ((std::uint64_t{1} << step.count) - 1);
    if (ways == 0) return false;
    const auto others = static_cast<std::uint32_t>(ways & (ways - 1));
    if (others != 0 && !push(place_, nullptr, others)) return false;
    // Branches, which the processor foresees: it goes on without waiting for what is in the text.
    const std::uint32_t* way = program_.ways.data() + step.from;
    while ((ways & 1) == 0) {
      ways >>= 1;
      ++way;
    }
    step_ = *way;
    return true;
  }

  bool save(const DirectStep& step) {
    // Without an entry nothing will be undone.
    if (depth_ > 0 && !push(slots_[step.from], nullptr, 0)) return false;
    slots_[step.from] = place_;
    return go_on(step, place_);
  }

  bool is_boundary() const {
    const bool before = place_ != begin_ && is_word(place_[-1]);
    const bool behind = place_ != end_ && is_word(*place_);
    return before != behind;
  }

  // Takes the next way of the last place that has one. False: there is none, or it has given up.
  bool step_back() {
    while (depth_ > 0 && left_ >= 0) {
      --left_;
      Entry& entry = entries_[depth_ - 1];
      step_ = entry.step;
      const DirectStep& step = steps_[step_];
      if (step.kind == Kind::choice) return retry_choice(step, entry);
      if (step.kind == Kind::run && retry_run(step, entry)) return true;
      if (step.kind == Kind::lazy_run && retry_lazy_run(step, entry)) return true;
      if (step.kind == Kind::save) {
        slots_[step.from] = entry.place;
        --depth_;
      }
    }
    return false;
  }

  bool retry_choice(const DirectStep& step, Entry& entry) {
    step_ = program_.ways[step.from + static_cast<std::size_t>(std::countr_zero(entry.ways))];
    place_ = entry.place;
    entry.ways &= entry.ways - 1;
    if (entry.ways == 0) --depth_;
    return true;
  }

  // Shorter, to the next place where what follows may begin.
  bool retry_run(const DirectStep& step, Entry& entry) {
    const char* place = entry.place;
    const char* const low = entry.low;
    --depth_;
    while (place > low) {
      --place;
      --left_;
      if ((bits_at(step, place) & step.follow) == 0 || is_inner(*place)) continue;
      if (place > low) entries_[depth_++].place = place;
      return go_on(step, place);
    }
    return false;
  }

  bool retry_lazy_run(const DirectStep& step, const Entry& entry) {
    const std::uint32_t count = entry.ways;
    const char* const next = count == step.most ? nullptr : after_one(step, entry.place);
    --depth_;
    return next != nullptr && go_on_lazily(step, next, count + 1);
  }

  const DirectSteps& program_;
  const DirectStep* steps_;
  const char* begin_;
  const char* end_;
  const char* place_;
  std::uint32_t step_;
  std::int64_t budget_;
  std::int64_t left_;
  std::size_t depth_ = 0;
  // Neither is cleared: this is made for every line.
  std::array<const char*, 2 * DirectSteps::kMaxGroups> slots_;
  std::array<Entry, kMaxEntries> entries_;
};

}  // namespace

DirectMatch match_directly(const DirectSteps& steps, std::string_view text, std::size_t at,
                           std::vector<std::string_view>& groups) {
  Walk walk(steps, text, at);
  const DirectMatch match = walk.go();
  if (match.answer == DirectAnswer::found) walk.copy_groups(groups);
  return match;
}

}  // namespace logkit
