// ManifestValue: a YAML value with its place, as far as a manifest needs one. A value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace manifest {

struct ManifestMember;

struct ManifestValue {
  enum class Form {
    none,    // nothing, "", ~ or null
    text,    // a quoted scalar, or a plain one that is nothing else
    whole,   // 7, -3, 0x1F
    number,  // 1.5, 1e3
    flag,    // true, false in YAML's spellings
    list,
    map,
  };
  Form form = Form::none;
  std::string text;                     // of a scalar, as it is written, without quotes
  std::vector<ManifestValue> items;     // of a list
  std::vector<ManifestMember> members;  // of a map, in the order of the file; a name may be there twice
  int line = 0;                         // from 1

  bool is_scalar() const { return form != Form::list && form != Form::map; }
  // Null when there is none, and when this is no map. The last one counts where there are several.
  const ManifestValue* find(std::string_view name) const;
};

struct ManifestMember {
  std::string name;
  int line = 0;
  ManifestValue value;
};

// "a text", "a whole number", "a list": for messages.
std::string_view name_of(ManifestValue::Form form);

}  // namespace manifest
