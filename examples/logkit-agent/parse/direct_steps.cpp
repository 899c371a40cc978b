#include "direct_steps.hpp"

#include <span>

namespace logkit {
namespace {

using Kind = ExpressionPart::Kind;
using StepKind = DirectStep::Kind;

constexpr std::size_t kMaxSteps = 2000;

// How what begins with a step may go on.
struct Beginning {
  ByteSet bytes;
  bool at_end = false;  // it may match at the end of the text
};

// Makes the steps of a part when those of what follows are there: from the end to the beginning.
class Builder {
 public:
  std::optional<DirectSteps> build(const Expression& expression) {
    const std::uint32_t match = add({}, {ByteSet().set(), true});
    out_.start = build(expression.root, match);
    out_.groups = expression.groups;
    if (is_full()) return std::nullopt;
    return std::move(out_);
  }

 private:
  bool is_full() const { return out_.steps.size() > kMaxSteps; }

  std::uint32_t add(const DirectStep& step, const Beginning& beginning) {
    out_.steps.push_back(step);
    beginnings_.push_back(beginning);
    return static_cast<std::uint32_t>(out_.steps.size() - 1);
  }

  std::uint32_t build(const ExpressionPart& part, std::uint32_t next) {
    if (is_full()) return next;
    switch (part.kind) {
      case Kind::text: return build_text(part, next);
      case Kind::set: return build_set(part, next);
      case Kind::sequence: break;
      case Kind::choice: return build_choice(part, next);
      case Kind::repeat: return build_repeat(part, next);
      case Kind::group: return build_group(part, next);
      case Kind::begin: return build_place(StepKind::begin, true, next);
      case Kind::end: return build_place(StepKind::end, true, next);
      case Kind::boundary: return build_place(StepKind::boundary, true, next);
      case Kind::no_boundary: return build_place(StepKind::boundary, false, next);
    }
    for (auto i = part.parts.rbegin(); i != part.parts.rend(); ++i) next = build(*i, next);
    return next;
  }

  std::uint32_t build_text(const ExpressionPart& part, std::uint32_t next) {
    DirectStep step{.kind = StepKind::text, .next = next};
    step.from = static_cast<std::uint32_t>(out_.texts.size());
    step.size = static_cast<std::uint32_t>(part.text.size());
    out_.texts += part.text;
    return add(step, {part.first, false});
  }

  std::uint32_t build_set(const ExpressionPart& part, std::uint32_t next) {
    DirectStep step{.kind = StepKind::set, .others = part.set.others, .next = next};
    step.mask = std::uint64_t{1} << add_sets({&part.set.bytes, 1}, step.word);
    return add(step, {part.first, false});
  }

  std::uint32_t build_group(const ExpressionPart& part, std::uint32_t next) {
    next = add({.kind = StepKind::save, .next = next, .from = part.group * 2 + 1}, beginnings_[next]);
    next = build(part.parts.front(), next);
    return add({.kind = StepKind::save, .next = next, .from = part.group * 2}, beginnings_[next]);
  }

  std::uint32_t build_place(StepKind kind, bool is_wanted, std::uint32_t next) {
    Beginning beginning = beginnings_[next];
    if (kind == StepKind::end) beginning.bytes.reset();
    return add({.kind = kind, .is_wanted = is_wanted, .next = next}, beginning);
  }

  std::uint32_t build_choice(const ExpressionPart& part, std::uint32_t next) {
    std::vector<std::uint32_t> ways;
    for (const ExpressionPart& one : part.parts) ways.push_back(build(one, next));
    return add_ways(std::move(ways));
  }

  std::uint32_t add_ways(std::vector<std::uint32_t> ways) {
    // The last ones of many are a choice of their own.
    while (ways.size() > DirectSteps::kMaxWays) {
      const std::size_t rest = ways.size() - DirectSteps::kMaxWays;
      const std::uint32_t last = add_choice(std::span(ways).subspan(rest));
      ways.resize(rest);
      ways.push_back(last);
    }
    return add_choice(ways);
  }

  std::uint32_t add_choice(std::span<const std::uint32_t> ways) {
    Beginning beginning;
    for (const std::uint32_t way : ways) {
      beginning.bytes |= beginnings_[way].bytes;
      beginning.at_end |= beginnings_[way].at_end;
    }
    const std::uint32_t choice = add({.kind = StepKind::choice}, beginning);
    set_ways(choice, ways);
    return choice;
  }

  void set_ways(std::uint32_t choice, std::span<const std::uint32_t> ways) {
    DirectStep& step = out_.steps[choice];
    step.from = static_cast<std::uint32_t>(out_.ways.size());
    step.count = static_cast<std::uint8_t>(ways.size());
    std::vector<ByteSet> sets;
    for (const std::uint32_t way : ways) {
      if (beginnings_[way].at_end) step.at_end |= std::uint32_t{1} << sets.size();
      sets.push_back(beginnings_[way].bytes);
      out_.ways.push_back(way);
    }
    step.shift = add_sets(sets, step.word);
  }

  std::uint32_t build_repeat(const ExpressionPart& part, std::uint32_t next) {
    const ExpressionPart& body = part.parts.front();
    if (body.kind == Kind::set) return build_run(part, body.set, next);
    std::uint32_t left = part.least;
    if (part.most == ExpressionPart::kNoLimit) {
      const auto [loop, once] = build_loop(part, next);
      next = left == 0 ? loop : once;
      left -= left == 0 ? 0 : 1;
    } else {
      const std::uint32_t exit = next;
      for (std::uint32_t i = part.least; i < part.most && !is_full(); ++i)
        next = add_choice(in_order(part, build(body, next), exit));
    }
    for (; left > 0 && !is_full(); --left) next = build(body, next);
    return next;
  }

  // The choice between once more and what follows; and what takes it once before.
  std::pair<std::uint32_t, std::uint32_t> build_loop(const ExpressionPart& part, std::uint32_t exit) {
    const ExpressionPart& body = part.parts.front();
    Beginning beginning = beginnings_[exit];
    beginning.bytes |= body.first;
    const std::uint32_t loop = add({.kind = StepKind::choice}, beginning);
    const std::uint32_t once =
        body.kind == Kind::choice ? build_loop_choice(body, loop, exit) : build(body, loop);
    set_ways(loop, in_order(part, once, exit));
    return {loop, once};
  }

  // (?:[^"\\]|\\.)*: what begins with a byte of the set can only go on with the set; all of those are one
  // run.
  std::uint32_t build_loop_choice(const ExpressionPart& body, std::uint32_t loop, std::uint32_t exit) {
    std::vector<std::uint32_t> ways;
    for (std::size_t i = 0; i < body.parts.size() && !is_full(); ++i) {
      const ExpressionPart& one = body.parts[i];
      ByteSet others = beginnings_[exit].bytes;
      for (std::size_t k = 0; k < body.parts.size(); ++k)
        if (k != i) others |= body.parts[k].first;
      const bool is_run = one.kind == Kind::set && (one.first & others).none();
      ways.push_back(is_run ? build_sure_run(one, loop) : build(one, loop));
    }
    return add_ways(std::move(ways));
  }

  std::uint32_t build_sure_run(const ExpressionPart& part, std::uint32_t next) {
    DirectStep step{.kind = StepKind::run, .others = part.set.others, .is_sure = true, .next = next};
    step.least = 1;
    step.most = ExpressionPart::kNoLimit;
    step.mask = std::uint64_t{1} << add_sets({&part.set.bytes, 1}, step.word);
    return add(step, {part.first, false});
  }

  static std::array<std::uint32_t, 2> in_order(const ExpressionPart& repeat, std::uint32_t body,
                                               std::uint32_t exit) {
    if (repeat.is_lazy) return {exit, body};
    return {body, exit};
  }

  std::uint32_t build_run(const ExpressionPart& part, const CharacterSet& set, std::uint32_t next) {
    const Beginning& follows = beginnings_[next];
    DirectStep step{.kind = StepKind::run, .others = set.others, .next = next};
    step.is_sure = (set.first_bytes() & follows.bytes).none();
    if (part.is_lazy && !step.is_sure) step.kind = StepKind::lazy_run;
    step.follows_end = follows.at_end;
    step.least = part.least;
    step.most = part.most;
    const unsigned bit = add_sets(std::array{set.bytes, follows.bytes}, step.word);
    step.mask = std::uint64_t{1} << bit;
    step.follow = std::uint64_t{2} << bit;
    Beginning beginning{part.first, part.least == 0 && follows.at_end};
    if (part.least == 0) beginning.bytes |= follows.bytes;
    return add(step, beginning);
  }

  // Puts the sets side by side into one word; gives the bit of the first one.
  std::uint8_t add_sets(std::span<const ByteSet> sets, std::uint32_t& word) {
    if (out_.sets.empty() || used_bits_ + sets.size() > 64) {
      out_.sets.emplace_back();
      used_bits_ = 0;
    }
    word = static_cast<std::uint32_t>(out_.sets.size() - 1);
    const std::size_t first = used_bits_;
    for (const ByteSet& set : sets) {
      for (std::size_t byte = 0; byte < 256; ++byte)
        if (set[byte]) out_.sets.back()[byte] |= std::uint64_t{1} << used_bits_;
      ++used_bits_;
    }
    return static_cast<std::uint8_t>(first);
  }

  DirectSteps out_;
  std::vector<Beginning> beginnings_;  // by step
  std::size_t used_bits_ = 0;          // of the last word
};

bool begins_anchored(const ExpressionPart& part) {
  if (part.kind == Kind::begin) return true;
  const bool looks_inside = part.kind == Kind::sequence || part.kind == Kind::group;
  return looks_inside && !part.parts.empty() && begins_anchored(part.parts.front());
}

}  // namespace

std::optional<DirectSteps> direct_steps(std::string_view text) {
  const std::optional<Expression> expression = read_expression(text);
  if (!expression || expression->groups > DirectSteps::kMaxGroups) return std::nullopt;
  std::optional<DirectSteps> steps = Builder().build(*expression);
  if (steps) steps->is_anchored = begins_anchored(expression->root);
  return steps;
}

}  // namespace logkit
