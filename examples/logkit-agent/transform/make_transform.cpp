#include <array>

#include "field_transforms.hpp"
#include "text_transforms.hpp"
#include "transform.hpp"
#include "value_transforms.hpp"
#include "web_transforms.hpp"

namespace logkit {
namespace {

struct Kind {
  std::string_view name;
  std::unique_ptr<Transform> (*make)(const PartOptions&);
};

constexpr std::array kKinds{
    Kind{"arrayexpand", make_arrayexpand}, Kind{"case", make_case},           Kind{"concat", make_concat},
    Kind{"convert", make_convert},         Kind{"copy", make_copy},           Kind{"date", make_date},
    Kind{"discard", make_discard},         Kind{"filter", make_filter},       Kind{"json", make_json},
    Kind{"k8stag", make_k8stag},           Kind{"keyvalue", make_keyvalue},   Kind{"label", make_label},
    Kind{"mapreplace", make_mapreplace},   Kind{"number2ip", make_number2ip}, Kind{"pick", make_pick},
    Kind{"rename", make_rename},           Kind{"replace", make_replace},     Kind{"split", make_split},
    Kind{"substring", make_substring},     Kind{"timestamp", make_timestamp}, Kind{"trim", make_trim},
    Kind{"urlconvert", make_urlconvert},   Kind{"urlparam", make_urlparam},
};

}  // namespace

std::unique_ptr<Transform> make_transform(const PartOptions& options) {
  const std::string type = options.required("type");
  std::vector<std::string_view> names;
  for (const Kind& kind : kKinds) {
    if (kind.name == type) return kind.make(options);
    names.push_back(kind.name);
  }
  options.fail("type: " + unknown_word(type, names));
}

bool read_stage(const PartOptions& options, bool is_before_by_default) {
  return options.one_of("stage", is_before_by_default ? "before_parser" : "after_parser",
                        {"after_parser", "before_parser"}) == "before_parser";
}

}  // namespace logkit
