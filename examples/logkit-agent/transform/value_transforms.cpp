#include "value_transforms.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "examples/logkit-agent/parse/json_members.hpp"
#include "examples/logkit-agent/parse/kv_parser.hpp"
#include "examples/logkit-agent/parse/typed_value.hpp"
#include "field_path.hpp"

namespace logkit {
namespace {

using enum TransformResult;

TransformResult missing(const FieldPath& path, std::string& why) {
  why = "there is no field " + path.text();
  return failed;
}

TransformResult put(Record& record, const FieldPath& to, std::optional<Value> value, std::string_view what,
                    std::string& why) {
  if (value && to.set(record, *value)) return done;
  why = value ? "the field " + to.text() + " cannot be made" : std::string(what);
  return failed;
}

struct Conversion {
  FieldPath path;
  std::optional<ValueType> type;  // nothing: a JSON text
  std::optional<std::string> otherwise;
};

class Convert final : public Transform {
 public:
  explicit Convert(std::vector<Conversion> conversions) : conversions_(std::move(conversions)) {}

  // All fields are tried; what can be converted is.
  TransformResult apply(Record& record, std::string& why) override {
    TransformResult result = done;
    for (const Conversion& one : conversions_) {
      const auto value = one.path.get(record);
      std::optional<Value> changed;
      if (value) changed = convert(one, value->text, record.arena());
      if (!changed && one.otherwise)
        changed = convert(one, record.arena().keep(*one.otherwise), record.arena());
      if (!changed && !value)
        result = missing(one.path, why);
      else if (put(record, one.path, changed, "the field " + one.path.text() + " has another form", why) ==
               failed)
        result = failed;
    }
    return result;
  }

 private:
  static std::optional<Value> convert(const Conversion& one, std::string_view text, Arena& arena) {
    if (!one.type) {
      const std::string_view json = trimmed(text);
      if (skip_json(json.data(), json.data() + json.size()) != json.data() + json.size()) return std::nullopt;
      return Value{json, true};
    }
    const auto value = typed_value(*one.type, text, arena, at_this_time({}));
    if (value || *one.type != ValueType::whole) return value;
    // A number with a fraction loses it.
    const std::size_t point = text.find('.');
    return point == std::string_view::npos ? value : typed_value(*one.type, text.substr(0, point), arena, {});
  }

  std::vector<Conversion> conversions_;
};

Conversion read_conversion(const PartOptions& options, const std::string& part) {
  const std::size_t first = part.find(' ');
  if (first == std::string::npos) options.fail("dsl: '" + part + "' is no field and type");
  const std::string_view rest = trimmed(std::string_view(part).substr(first));
  const std::size_t second = std::min(rest.find(' '), rest.size());
  const std::string_view type = rest.substr(0, second);
  Conversion out{FieldPath(part.substr(0, first)), read_value_type(type), std::nullopt};
  if (!out.type && type != "jsonstring")
    options.fail("dsl: '" + part + "': the type is none of long, float, string, date, bool, jsonstring");
  if (second < rest.size()) out.otherwise = trimmed(rest.substr(second));
  return out;
}

// What date and timestamp have in common.
struct DateReader {
  FieldPath key;
  std::string layout;  // "": any
  DateRules rules;
  std::int64_t shift = 0;  // seconds

  std::optional<DateTime> read(std::string_view text) const {
    std::optional<DateTime> date;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = !text.empty() && error == std::errc() && end == text.data() + text.size();
    if (!layout.empty())
      date = parse_date(text, layout, at_this_time(rules));
    else if (is_number)
      date = from_unix_time(number);
    else
      date = parse_any_date(text, at_this_time(rules));
    if (date) date->seconds += shift;
    return date;
  }
};

DateReader read_date_reader(const PartOptions& options) {
  DateReader reader{FieldPath(options.required("key")), layout_of_go(options.text("time_layout_before")),
                    read_date_rules(options), 0};
  const std::string offset = options.text("offset", "0");
  int hours = 0;
  const char* const begin = offset.data() + (offset.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, offset.data() + offset.size(), hours);
  if (error != std::errc() || end != offset.data() + offset.size() || hours < -24 || hours > 24)
    options.fail("offset: '" + offset + "' is no number of hours");
  reader.shift = hours * 3600LL;
  return reader;
}

class Date final : public Transform {
 public:
  Date(DateReader reader, std::string layout) : reader_(std::move(reader)), layout_(std::move(layout)) {}

  TransformResult apply(Record& record, std::string& why) override {
    const auto value = reader_.key.get(record);
    if (!value) return missing(reader_.key, why);
    std::optional<Value> changed;
    if (const auto date = reader_.read(value->text))
      changed = Value{record.arena().keep(layout_.empty() ? to_rfc3339(*date) : format_date(*date, layout_)),
                      false};
    return put(record, reader_.key, changed, "the field " + reader_.key.text() + " is no date", why);
  }

 private:
  DateReader reader_;
  std::string layout_;
};

class Timestamp final : public Transform {
 public:
  Timestamp(DateReader reader, FieldPath to, std::int64_t in_second, bool overrides)
      : reader_(std::move(reader)), to_(std::move(to)), in_second_(in_second), overrides_(overrides) {}

  TransformResult apply(Record& record, std::string& why) override {
    const auto value = reader_.key.get(record);
    if (!value) return missing(reader_.key, why);
    if (to_.text() != reader_.key.text() && !overrides_ && to_.get(record)) {
      why = "the field " + to_.text() + " is there already";
      return failed;
    }
    std::optional<Value> changed;
    if (const auto date = reader_.read(value->text)) {
      const std::int64_t number =
          date->seconds * in_second_ + date->nanoseconds / (1'000'000'000 / in_second_);
      changed = Value{record.arena().keep(std::to_string(number)), true};
    }
    return put(record, to_, changed, "the field " + reader_.key.text() + " is no date", why);
  }

 private:
  DateReader reader_;
  FieldPath to_;
  std::int64_t in_second_;
  bool overrides_;
};

// json and keyvalue: a text becomes an object, in a field or next to it.
class Unfold final : public Transform {
 public:
  using Read = bool (*)(std::string_view text, const Unfold& rules, Record& members);
  struct Rules {
    FieldPath from, to;
    bool extracts = false;
    bool discards = false;
    std::string splitter;
    bool keeps_text = false;
  };
  Unfold(Rules rules, Read read) : rules_(std::move(rules)), read_(read) {}

  const Rules& rules() const { return rules_; }

  TransformResult apply(Record& record, std::string& why) override {
    const auto value = rules_.from.get(record);
    if (!value) return missing(rules_.from, why);
    Record members(record.arena());
    why = "the field " + rules_.from.text() + " has another form";
    if (!read_(value->text, *this, members)) return failed;
    if (rules_.discards) rules_.from.remove(record);
    if (rules_.extracts) {
      for (const Field& field : members.fields()) record.set(field.key, field.value);
      return done;
    }
    std::string text;
    append_json(text, members.fields());
    return put(record, rules_.to, Value{record.arena().keep(text), true}, "", why);
  }

 private:
  Rules rules_;
  Read read_;
};

bool read_object(std::string_view text, const Unfold&, Record& members) {
  return add_json_members(text, members);
}

bool read_pairs(std::string_view text, const Unfold& unfold, Record& members) {
  return add_pairs(text, unfold.rules().splitter, unfold.rules().keeps_text, members);
}

}  // namespace

std::unique_ptr<Transform> make_convert(const PartOptions& options) {
  std::vector<Conversion> conversions;
  for (const std::string& part : options.list("dsl")) {
    conversions.push_back(read_conversion(options, part));
    const auto is_same = [&](const Conversion& c) { return c.path.text() == conversions.back().path.text(); };
    if (std::any_of(conversions.begin(), conversions.end() - 1, is_same))
      options.fail("dsl: '" + part + "': the field is there already");
  }
  if (conversions.empty()) options.fail("dsl is missing");
  return std::make_unique<Convert>(std::move(conversions));
}

std::unique_ptr<Transform> make_date(const PartOptions& options) {
  return std::make_unique<Date>(read_date_reader(options), layout_of_go(options.text("time_layout_after")));
}

std::unique_ptr<Transform> make_timestamp(const PartOptions& options) {
  const std::string precision =
      options.one_of("precision", "seconds", {"seconds", "milliseconds", "microseconds", "nanoseconds"});
  const std::int64_t in_second = precision == "seconds"        ? 1
                                 : precision == "milliseconds" ? 1000
                                 : precision == "microseconds" ? 1'000'000
                                                               : 1'000'000'000;
  DateReader reader = read_date_reader(options);
  FieldPath to(options.text("new", reader.key.text()));
  return std::make_unique<Timestamp>(std::move(reader), std::move(to), in_second,
                                     options.flag("override", false));
}

std::unique_ptr<Transform> make_json(const PartOptions& options) {
  const std::string key = options.required("key");
  return std::make_unique<Unfold>(
      Unfold::Rules{FieldPath(key), FieldPath(options.text("new", key)), options.flag("extract", false),
                    options.flag("discard_key", false), "", false},
      read_object);
}

std::unique_ptr<Transform> make_keyvalue(const PartOptions& options) {
  const std::string key = options.required("key");
  return std::make_unique<Unfold>(
      Unfold::Rules{FieldPath(key), FieldPath(options.text("new", key)), false,
                    options.flag("discard_key", false), options.text("splitter", "="),
                    options.flag("keep_string", false)},
      read_pairs);
}

}  // namespace logkit
