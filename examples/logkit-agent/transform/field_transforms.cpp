#include "field_transforms.hpp"

#include <agent/error.hpp>
#include <algorithm>
#include <optional>

#include "examples/logkit-agent/parse/text_pattern.hpp"
#include "field_path.hpp"

namespace logkit {
namespace {

using enum TransformResult;

std::vector<FieldPath> read_paths(const PartOptions& options) {
  std::vector<FieldPath> paths;
  for (const std::string& key : options.list("key")) paths.emplace_back(key);
  if (paths.empty()) options.fail("key is missing");
  return paths;
}

TransformResult missing(const FieldPath& path, std::string& why) {
  why = "there is no field " + path.text();
  return failed;
}

// discard and pick: of fields, or of lines that have a text.
class Choice final : public Transform {
 public:
  Choice(std::vector<FieldPath> paths, std::string text, bool keeps, bool is_before)
      : paths_(std::move(paths)), text_(std::move(text)), keeps_(keeps), is_before_(is_before) {}

  bool is_before_parser() const override { return is_before_; }

  TransformResult apply(Record& record, std::string&) override {
    if (!keeps_) {
      for (const FieldPath& path : paths_) path.remove(record);
      return done;
    }
    Record kept(record.arena());
    for (const FieldPath& path : paths_)
      if (const auto value = path.get(record)) path.set(kept, *value);
    record.change().assign(kept.fields().begin(), kept.fields().end());
    return record.empty() ? dropped : done;
  }

  TransformResult apply_line(std::string_view& line, Arena&, std::string&) override {
    return (line.find(text_) != std::string_view::npos) == keeps_ ? done : dropped;
  }

 private:
  std::vector<FieldPath> paths_;
  std::string text_;
  bool keeps_;
  bool is_before_;
};

std::unique_ptr<Transform> make_choice(const PartOptions& options, bool keeps) {
  const bool is_before = read_stage(options, false);
  return std::make_unique<Choice>(read_paths(options), options.required("key"), keeps, is_before);
}

// rename and copy.
class Move final : public Transform {
 public:
  Move(FieldPath from, FieldPath to, bool is_copy, bool overrides)
      : from_(std::move(from)), to_(std::move(to)), is_copy_(is_copy), overrides_(overrides) {}

  TransformResult apply(Record& record, std::string& why) override {
    const auto value = from_.get(record);
    if (!value) return missing(from_, why);
    if (is_copy_ && !overrides_ && to_.get(record)) {
      why = "the field " + to_.text() + " is there already";
      return failed;
    }
    if (!to_.set(record, *value)) {
      why = "the field " + to_.text() + " cannot be made: a part of its path is no object";
      return failed;
    }
    if (!is_copy_ && from_.text() != to_.text()) from_.remove(record);
    return done;
  }

 private:
  FieldPath from_, to_;
  bool is_copy_;
  bool overrides_;
};

std::string read_new(const PartOptions& options) {
  std::string name = options.text("new", options.text("new_key_name"));
  if (name.empty()) options.fail("new is missing");
  return name;
}

class Label final : public Transform {
 public:
  Label(FieldPath key, std::string value, bool overrides)
      : key_(std::move(key)), value_(std::move(value)), overrides_(overrides) {}

  TransformResult apply(Record& record, std::string& why) override {
    const bool is_free = overrides_ || !key_.get(record);
    if (is_free && key_.set(record, {record.arena().keep(value_), false})) return done;
    why = "the field " + key_.text() + (is_free ? " cannot be made" : " is there already");
    return failed;
  }

 private:
  FieldPath key_;
  std::string value_;
  bool overrides_;
};

class Filter final : public Transform {
 public:
  Filter(std::vector<FieldPath> paths, std::optional<TextPattern> pattern, bool keeps)
      : paths_(std::move(paths)), pattern_(std::move(pattern)), keeps_(keeps) {}

  TransformResult apply(Record& record, std::string&) override {
    const bool matches = std::any_of(paths_.begin(), paths_.end(), [&](const FieldPath& path) {
      const auto value = path.get(record);
      return value && (!pattern_ || pattern_->finds(value->text));
    });
    return matches == keeps_ ? done : dropped;
  }

 private:
  std::vector<FieldPath> paths_;
  std::optional<TextPattern> pattern_;
  bool keeps_;
};

class Concat final : public Transform {
 public:
  Concat(std::vector<FieldPath> paths, FieldPath to, std::string joiner)
      : paths_(std::move(paths)), to_(std::move(to)), joiner_(std::move(joiner)) {}

  TransformResult apply(Record& record, std::string& why) override {
    std::string text;
    for (const FieldPath& path : paths_) {
      const auto value = path.get(record);
      if (!value) return missing(path, why);
      if (&path != &paths_.front()) text += joiner_;
      text += value->text;
    }
    if (to_.set(record, {record.arena().keep(text), false})) return done;
    why = "the field " + to_.text() + " cannot be made";
    return failed;
  }

 private:
  std::vector<FieldPath> paths_;
  FieldPath to_;
  std::string joiner_;
};

}  // namespace

std::unique_ptr<Transform> make_discard(const PartOptions& options) { return make_choice(options, false); }

std::unique_ptr<Transform> make_pick(const PartOptions& options) { return make_choice(options, true); }

std::unique_ptr<Transform> make_rename(const PartOptions& options) {
  return std::make_unique<Move>(FieldPath(options.required("key")), FieldPath(read_new(options)), false,
                                true);
}

std::unique_ptr<Transform> make_copy(const PartOptions& options) {
  return std::make_unique<Move>(FieldPath(options.required("key")), FieldPath(read_new(options)), true,
                                options.flag("override", false));
}

std::unique_ptr<Transform> make_label(const PartOptions& options) {
  return std::make_unique<Label>(FieldPath(options.required("key")), options.text("value"),
                                 options.flag("override", false));
}

std::unique_ptr<Transform> make_filter(const PartOptions& options) {
  const bool keeps = options.one_of("mode", "remove", {"keep", "remove"}) == "keep";
  const std::string expression = options.text("pattern", options.text("remove_pattern"));
  std::optional<TextPattern> pattern;
  try {
    if (!expression.empty()) pattern.emplace(expression);
  } catch (const agent::Error& error) {
    options.fail(std::string("pattern: ") + error.what());
  }
  return std::make_unique<Filter>(read_paths(options), std::move(pattern), keeps);
}

std::unique_ptr<Transform> make_concat(const PartOptions& options) {
  return std::make_unique<Concat>(read_paths(options), FieldPath(read_new(options)), options.text("joiner"));
}

}  // namespace logkit
