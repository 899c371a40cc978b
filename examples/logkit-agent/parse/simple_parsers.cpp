#include "simple_parsers.hpp"

#include "json_members.hpp"
#include "time_text.hpp"

namespace logkit {
namespace {

class RawParser final : public Parser {
 public:
  explicit RawParser(bool has_time) : has_time_(has_time) {}

  bool parse(std::string_view line, RecordSink& sink, std::string&) override {
    Record& record = sink.record();
    record.add("raw", line);
    if (has_time_) record.add("timestamp", now(record.arena()));
    sink.done();
    return true;
  }

 private:
  // A copy for each arena: the next batch has another one, and this one may go before it.
  std::string_view now(Arena& arena) {
    constexpr unsigned kLinesOfOneTime = 1000;
    if (arena.serial() != serial_ || ++lines_ >= kLinesOfOneTime) {
      text_ = arena.keep(rfc3339(std::chrono::system_clock::now()));
      serial_ = arena.serial();
      lines_ = 0;
    }
    return text_;
  }

  bool has_time_;
  std::uint64_t serial_ = 0;
  std::string_view text_;
  unsigned lines_ = 0;
};

class JsonParser final : public Parser {
 public:
  bool parse(std::string_view line, RecordSink& sink, std::string& why) override {
    const std::size_t begin = line.find_first_not_of(" \t\r\n");
    if (begin != std::string_view::npos && line[begin] == '[') return parse_array(line, sink, why);
    if (!add_json_members(line, sink.record())) {
      why = "is no JSON object, or one with more than 64 levels";
      return false;
    }
    sink.done();
    return true;
  }

 private:
  // The whole line is looked at before the first record is made.
  static bool parse_array(std::string_view line, RecordSink& sink, std::string& why) {
    std::vector<std::string_view> objects;
    if (!split_array(line, objects)) {
      why = "is no JSON array of objects";
      return false;
    }
    for (std::string_view object : objects) {
      add_json_members(object, sink.record());
      sink.done();
    }
    return true;
  }

  static bool split_array(std::string_view line, std::vector<std::string_view>& objects) {
    const char* const end = line.data() + line.size();
    const char* const behind = skip_json(line.data(), end);
    if (behind == nullptr) return false;
    if (std::string_view(behind, static_cast<std::size_t>(end - behind)).find_first_not_of(" \t\r\n") !=
        std::string_view::npos)
      return false;
    line = line.substr(0, static_cast<std::size_t>(behind - line.data()));
    for (const char* at = line.data() + line.find('[') + 1;;) {
      while (at != behind && *at != '{' && *at != ']' && (*at == ',' || *at <= ' ')) ++at;
      if (at == behind) return false;
      if (*at == ']') return true;
      if (*at != '{') return false;
      const char* const next = skip_json(at, behind);
      objects.emplace_back(at, static_cast<std::size_t>(next - at));
      at = next;
    }
  }
};

class EmptyParser final : public Parser {
 public:
  bool parse(std::string_view, RecordSink&, std::string&) override { return true; }
};

}  // namespace

std::unique_ptr<Parser> make_raw_parser(const PartOptions& options) {
  return std::make_unique<RawParser>(options.flag("timestamp", true));
}

std::unique_ptr<Parser> make_json_parser(const PartOptions&) { return std::make_unique<JsonParser>(); }

std::unique_ptr<Parser> make_empty_parser(const PartOptions&) { return std::make_unique<EmptyParser>(); }

}  // namespace logkit
