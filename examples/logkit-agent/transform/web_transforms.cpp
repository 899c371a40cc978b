#include "web_transforms.hpp"

#include <agent/error.hpp>
#include <agent/json_value.hpp>
#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "field_path.hpp"
#include "url_text.hpp"

namespace logkit {
namespace {

using enum TransformResult;

// Adds fields to the record of which the value is a part. False: the value has another form.
using Addition = std::function<bool(Value, Record&)>;

class AddingTransform final : public Transform {
 public:
  AddingTransform(FieldPath from, Addition addition)
      : from_(std::move(from)), addition_(std::move(addition)) {}

  TransformResult apply(Record& record, std::string& why) override {
    const auto value = from_.get(record);
    why = "there is no field " + from_.text();
    if (!value) return failed;
    why = "the field " + from_.text() + " has another form";
    return addition_(*value, record) ? done : failed;
  }

 private:
  FieldPath from_;
  Addition addition_;
};

void add_text(Record& record, const std::string& name, std::string_view text) {
  Arena& arena = record.arena();
  record.set(arena.keep(name), {arena.keep(text), false});
}

// A path such as /var/log/containers/<pod>_<namespace>_<container>-<id>.log
bool add_pod(std::string_view path, Record& record) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".log")) name.remove_suffix(4);
  const std::size_t pod = name.find('_');
  const std::size_t space = pod == std::string_view::npos ? pod : name.find('_', pod + 1);
  const std::size_t id = name.rfind('-');
  if (space == std::string_view::npos || id == std::string_view::npos || id <= space + 1) return false;
  add_text(record, "pod", name.substr(0, pod));
  add_text(record, "namespace", name.substr(pod + 1, space - pod - 1));
  add_text(record, "container", name.substr(space + 1, id - space - 1));
  add_text(record, "container_id", name.substr(id + 1));
  return true;
}

bool add_elements(const std::string& key, Value value, Record& record) {
  if (!value.is_json) return false;
  try {
    const auto document = agent::json::Document::parse(std::string(value.text));
    if (!document.root().is_array()) return false;
    for (std::size_t i = 0; i < document.root().size(); ++i) {
      const agent::json::Value element = document.root().at(i);
      Arena& arena = record.arena();
      const std::string text = element.is_string() ? std::string(element.as_string()) : element.text();
      record.set(arena.keep(key + std::to_string(i)), {arena.keep(text), !element.is_string()});
    }
    return true;
  } catch (const agent::Error&) {
    return false;
  }
}

std::optional<std::string> dotted(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += std::to_string((number >> shift) & 255) + (shift > 0 ? "." : "");
  return out;
}

// Puts a text of another form into `new`, or in place of the field.
std::unique_ptr<Transform> make_changing(
    const PartOptions& options, const std::function<std::optional<std::string>(std::string_view)>& change) {
  const std::string key = options.required("key");
  const FieldPath to(options.text("new", key));
  return std::make_unique<AddingTransform>(FieldPath(key), [to, change](Value value, Record& record) {
    const std::optional<std::string> text = change(value.text);
    return text && to.set(record, {record.arena().keep(*text), false});
  });
}

}  // namespace

std::unique_ptr<Transform> make_urlparam(const PartOptions& options) {
  const std::string key = options.required("key");
  const std::vector<std::string> selected = options.list("select_keys");
  return std::make_unique<AddingTransform>(FieldPath(key), [key, selected](Value value, Record& record) {
    const std::optional<UrlParts> parts = split_url(value.text);
    if (!parts) return false;
    for (const auto& [name, text] : parts->query) {
      const bool is_wanted =
          selected.empty() || std::find(selected.begin(), selected.end(), name) != selected.end();
      if (is_wanted) add_text(record, key + "_" + name, text);
    }
    if (!parts->path.empty()) add_text(record, key + "_url_param_path", parts->path);
    if (!parts->host.empty()) add_text(record, key + "_url_param_host", parts->host);
    return true;
  });
}

std::unique_ptr<Transform> make_urlconvert(const PartOptions& options) {
  const bool is_encode = options.one_of("mode", "decode", {"decode", "encode"}) == "encode";
  return make_changing(options, [is_encode](std::string_view text) {
    return is_encode ? std::optional(url_encode(text)) : url_decode(text);
  });
}

std::unique_ptr<Transform> make_arrayexpand(const PartOptions& options) {
  const std::string key = options.required("key");
  return std::make_unique<AddingTransform>(
      FieldPath(key), [key](Value value, Record& record) { return add_elements(key, value, record); });
}

std::unique_ptr<Transform> make_number2ip(const PartOptions& options) {
  return make_changing(options, dotted);
}

std::unique_ptr<Transform> make_k8stag(const PartOptions& options) {
  return std::make_unique<AddingTransform>(
      FieldPath(options.required("sourcefilefield")),
      [](Value value, Record& record) { return add_pod(value.text, record); });
}

}  // namespace logkit
