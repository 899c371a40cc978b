#include "base/metric_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "agent/metrics.hpp"

namespace agent::metrics {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class List>
std::string label_text(const List& labels) {
  std::string text;
  for (const auto& [name, value] : labels) append_label(text, name, value);
  return text;
}

std::string escape(std::string_view text, bool quotes) {
  std::string escaped;
  escaped.reserve(text.size());
  for (char c : text) {
    if (c == '\\' || (quotes && c == '"')) escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

bool is_metric_name(std::string_view name) {
  const auto accepted = [](char c) { return is_letter(c) || is_digit(c) || c == ':'; };
  return !name.empty() && !is_digit(name[0]) && std::all_of(name.begin(), name.end(), accepted);
}

bool is_label_name(std::string_view name) {
  const auto accepted = [](char c) { return is_letter(c) || is_digit(c); };
  return !name.empty() && !is_digit(name[0]) && !name.starts_with("__") &&
         std::all_of(name.begin(), name.end(), accepted);
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  assert(is_label_name(name));
  if (!out.empty()) out += ',';
  out += fmt::format("{}=\"{}\"", name, escape(value, true));
}

std::string escape_help(std::string_view text) { return escape(text, false); }

std::string format_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  assert(is_metric_name(name));
  const auto same = [&](const Family& known) { return known.name == name; };
  const auto known = std::find_if(families_.begin(), families_.end(), same);
  current_ = static_cast<std::size_t>(known - families_.begin());
  if (known == families_.end())
    families_.push_back({std::string(name), std::string(type), std::string(help), {}});
}

void Exposition::line(std::string_view suffix, std::string_view labels, std::string_view value) {
  assert(!families_.empty());
  Family& family = families_[current_];
  family.samples += family.name;
  family.samples += suffix;
  if (!labels.empty()) family.samples += fmt::format("{{{}}}", labels);
  family.samples += ' ';
  family.samples += value;
  family.samples += '\n';
}

void Exposition::sample(std::initializer_list<std::pair<std::string_view, std::string_view>> labels,
                        double value) {
  line("", label_text(labels), format_number(value));
}

void Exposition::sample(std::initializer_list<std::pair<std::string_view, std::string_view>> labels,
                        std::uint64_t value) {
  line("", label_text(labels), std::to_string(value));
}

void Exposition::sample(const Labels& labels, double value) {
  line("", label_text(labels), format_number(value));
}

void Exposition::sample(const Labels& labels, std::uint64_t value) {
  line("", label_text(labels), std::to_string(value));
}

void Exposition::sample(const Labels& labels, const Histogram& histogram) {
  const std::string text = label_text(labels);
  const std::vector<double>& bounds = histogram.bounds();
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    count += histogram.bucket(i);
    std::string with_bound = text;
    append_label(with_bound, "le", i < bounds.size() ? format_number(bounds[i]) : "+Inf");
    line("_bucket", with_bound, std::to_string(count));
  }
  line("_sum", text, format_number(histogram.sum()));
  line("_count", text, std::to_string(count));
}

void Exposition::lines(std::string_view text) {
  assert(!families_.empty());
  families_[current_].samples += text;
}

std::string Exposition::take() {
  std::string text;
  for (const Family& family : families_) {
    if (family.samples.empty()) continue;
    if (!family.help.empty()) text += fmt::format("# HELP {} {}\n", family.name, escape_help(family.help));
    text += fmt::format("# TYPE {} {}\n", family.name, family.type);
    text += family.samples;
  }
  families_.clear();
  current_ = 0;
  return text;
}

}  // namespace agent::metrics
