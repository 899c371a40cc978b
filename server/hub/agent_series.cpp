#include "hub/agent_series.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/metric_text.hpp"

namespace server {

namespace metrics = agent::metrics;

namespace {

constexpr std::size_t kNameMax = 200;
constexpr std::size_t kHelpMax = 1000;

bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 3> kPrefixes{"agent_", "api_counter_", "api_pref_"};
  constexpr std::array<std::string_view, 6> kNames{"in_packets", "in_bytes",     "out_packets",
                                                   "out_bytes",  "metrics_jobs", "metrics_warning"};
  const auto begins = [name](std::string_view prefix) { return name.starts_with(prefix); };
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), begins) ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_type(std::string_view type) { return type == "counter" || type == "gauge" || type == "histogram"; }

bool is_value(std::string_view text) {
  if (text == "NaN" || text == "+Inf" || text == "-Inf") return true;
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return false;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// The first word of `text`, which is taken off it with the blank behind it.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

char unescaped(char escaped) { return escaped == 'n' ? '\n' : escaped; }

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '\\' && i + 1 < text.size();
    out += is_escape ? unescaped(text[++i]) : text[i];
  }
  return out;
}

using Labels = std::vector<std::pair<std::string, std::string>>;

// Takes `name="value"` off `text`. nullopt for anything else.
std::optional<std::pair<std::string, std::string>> take_label(std::string_view& text) {
  const std::size_t equals = text.find("=\"");
  if (equals == std::string_view::npos || !metrics::is_label_name(text.substr(0, equals)))
    return std::nullopt;
  std::size_t end = equals + 2;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  if (end >= text.size()) return std::nullopt;
  std::pair<std::string, std::string> label(text.substr(0, equals),
                                            unescape(text.substr(equals + 2, end - equals - 2)));
  text.remove_prefix(end + 1);
  return label;
}

// Takes the braces off `text` with what is in them, in alphabetical order.
std::optional<Labels> take_labels(std::string_view& text) {
  Labels labels;
  if (!text.starts_with('{')) return labels;
  do {
    text.remove_prefix(1);
    auto label = take_label(text);
    if (!label) return std::nullopt;
    labels.push_back(std::move(*label));
  } while (text.starts_with(','));
  if (!text.starts_with('}')) return std::nullopt;
  text.remove_prefix(1);
  std::sort(labels.begin(), labels.end());
  return labels;
}

bool has(const Labels& labels, std::string_view name) {
  return std::any_of(labels.begin(), labels.end(), [name](const auto& label) { return label.first == name; });
}

bool are_unique(const Labels& labels) {
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  return std::adjacent_find(labels.begin(), labels.end(), same) == labels.end();
}

// A line with a value, as it came.
struct Sample {
  std::string_view name;
  Labels labels;
  std::string_view value;
};

std::optional<Sample> read_sample(std::string_view line) {
  Sample sample;
  const std::size_t end = std::min(line.find_first_of("{ "), line.size());
  sample.name = line.substr(0, end);
  line.remove_prefix(end);
  auto labels = take_labels(line);
  if (!labels || !line.starts_with(' ')) return std::nullopt;
  sample.labels = std::move(*labels);
  sample.value = line.substr(1);
  const bool is_clean =
      are_unique(sample.labels) && !has(sample.labels, "id") && !has(sample.labels, "agent_type");
  return is_clean && is_value(sample.value) ? std::optional<Sample>(std::move(sample)) : std::nullopt;
}

bool belongs_to(const Sample& sample, const SeriesFamily& family) {
  if (!sample.name.starts_with(family.name)) return false;
  const std::string_view suffix = sample.name.substr(family.name.size());
  if (family.type != "histogram") return suffix.empty();
  return suffix == "_bucket" ? has(sample.labels, "le") : suffix == "_sum" || suffix == "_count";
}

class SeriesReader {
 public:
  SeriesReader(const std::string& id, const std::string& type) {
    metrics::append_label(owner_, "agent_type", type);
    metrics::append_label(owner_, "id", id);
  }

  void take(std::string_view line) {
    if (line.starts_with("# HELP ")) {
      line.remove_prefix(7);
      help_of_ = take_word(line);
      help_ = line.substr(0, kHelpMax);
    } else if (line.starts_with("# TYPE ")) {
      line.remove_prefix(7);
      begin_family(line);
    } else if (!line.empty() && !line.starts_with('#')) {
      take_sample(line);
    }
  }

  // More text than is read.
  void cut() { drop(SeriesDrop::limit); }

  AgentSeries finish() {
    std::erase_if(series_.families, [](const SeriesFamily& family) { return family.lines.empty(); });
    return std::move(series_);
  }

 private:
  void drop(SeriesDrop reason) { ++series_.dropped[static_cast<std::size_t>(reason)]; }

  void begin_family(std::string_view line) {
    const std::string_view name = take_word(line);
    state_ = State::malformed;
    if (is_reserved(name)) {
      state_ = State::reserved;
    } else if (metrics::is_metric_name(name) && name.size() <= kNameMax && is_type(line) &&
               names_.emplace(name).second) {
      state_ = State::open;
      std::string help = name == help_of_ ? unescape(help_) : std::string();
      series_.families.push_back({std::string(name), std::string(line), std::move(help)});
    }
  }

  void take_sample(std::string_view line) {
    if (state_ != State::open)
      return drop(state_ == State::reserved ? SeriesDrop::reserved : SeriesDrop::malformed);
    const std::optional<Sample> sample = read_sample(line);
    SeriesFamily& family = series_.families.back();
    if (!sample || !belongs_to(*sample, family)) return drop(SeriesDrop::malformed);
    std::string labels = owner_;
    for (const auto& [name, value] : sample->labels) metrics::append_label(labels, name, value);
    std::string shown = std::string(sample->name) + "{" + labels + "}";
    const std::size_t size = shown.size() + sample->value.size() + 2;
    if (shown_.size() == kSeriesMax || bytes_ + size > kSeriesBytesMax) return drop(SeriesDrop::limit);
    if (!shown_.insert(shown).second) return drop(SeriesDrop::duplicate);
    bytes_ += size;
    family.lines.append(shown).append(" ").append(sample->value).append("\n");
  }

  enum class State { open, reserved, malformed };

  std::string owner_;  // the labels of all lines
  AgentSeries series_;
  std::set<std::string, std::less<>> names_;
  std::set<std::string> shown_;
  std::size_t bytes_ = 0;
  std::string_view help_of_;
  std::string_view help_;
  State state_ = State::malformed;
};

}  // namespace

AgentSeries read_series(std::string_view text, const std::string& id, const std::string& type) {
  SeriesReader reader(id, type);
  if (text.size() > kSeriesTextMax) {
    text = text.substr(0, text.rfind('\n', kSeriesTextMax) + 1);
    reader.cut();
  }
  while (!text.empty()) reader.take(take_line(text));
  return reader.finish();
}

void expose_series(const std::vector<std::shared_ptr<const AgentSeries>>& agents, metrics::Exposition& out) {
  std::map<std::string_view, std::vector<const SeriesFamily*>> names;
  for (const auto& series : agents) {
    for (const SeriesFamily& family : series->families) names[family.name].push_back(&family);
  }
  for (const auto& [name, families] : names) {
    const SeriesFamily& first = *families.front();
    const bool agree = std::all_of(families.begin(), families.end(),
                                   [&first](const SeriesFamily* other) { return other->type == first.type; });
    out.family(name, agree ? first.type : "untyped", first.help);
    for (const SeriesFamily* family : families) out.lines(family->lines);
  }
}

}  // namespace server
