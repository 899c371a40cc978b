// manifest: the settings of a program as data, out of the same field list that reads them.
//
// manifest.yaml is what management consoles build their forms from: key, name, description, type, default and
// rules of each setting, names and descriptions in Chinese (zh) and English (en). `<program> manifest` prints
// it; docs/manifest.md says what each member means. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/fields.hpp"

namespace agent {

// One setting as data, out of the field list that reads it.
struct SettingInfo {
  std::string key;                    // "log.size"
  std::string type;                   // string enum csv int uint float bool naddr path bytes duration uuid
  std::string doc;                    // the field's own sentence, in English; "" when it has none
  std::string category;               // "log"; "" = none
  std::vector<std::string> value;     // default: items of a list, else one or none
  std::vector<std::string> accepted;  // enum, csv: what may be given
  std::string min;                    // as a file would give it; "" = no bound
  std::string max;                    // the same
  std::size_t max_length = 0;         // characters; 0 = no bound
  std::string pattern;                // of the text, or of each item of a list; "" = none
  bool required = false;              // must be set and not empty
  bool multiple = false;              // naddr: several, separated by commas
  bool secret = false;                // a password or the like
  bool variables = false;             // "$NAME" may stand for the value
  bool relative = false;              // path: may be a relative one
  std::string needs_key;              // the setting without which this one has no effect; "" = none
  std::string needs_item;             // what that one must contain, a list; "" = it must be needs_value
  bool needs_value = true;
};

// The names and descriptions of settings in one language: a file as those in manifest/, YAML. Views; the text
// must live as long as it is used.
//
//   exec.max_running:
//     name: Commands at a time
//     desc: How many commands run at a time; further ones wait.
//   category.commands:
//     name: Commands
struct LanguageFile {
  std::string_view language;  // "zh"
  std::string_view text;
};

// SettingTexts: what settings are called, in every language. A value.
class SettingTexts {
 public:
  struct Text {
    std::string name;
    std::string desc;
  };

  SettingTexts() = default;
  // The last file counts where several have a text. Throws Errc::bad_config with language and line
  // for what is no such file, and for a key without a name.
  explicit SettingTexts(std::span<const LanguageFile> files);

  // Null when there is none. Categories are "category.<name>".
  const Text* find(std::string_view language, std::string_view key) const;
  // Those of the manifest: "zh", "en", and then what other languages there are.
  std::vector<std::string> languages() const;

 private:
  using Keys = std::map<std::string, Text, std::less<>>;
  void add(const LanguageFile& file);

  std::map<std::string, Keys, std::less<>> languages_;
};

// The text of manifest.yaml, settings in the given order. A setting without a text is called by its key and
// described by its `doc`, in both languages. The default of a secret is not shown.
std::string manifest_yaml(const std::vector<SettingInfo>& settings, const SettingTexts& texts = {});

namespace detail {
template <class T>
struct SettingLister;
}

// The settings of `defaults`, whose values are the defaults, in the order of the field list; each key behind
// `prefix` ("basic.").
template <HasFields T>
std::vector<SettingInfo> describe_settings(const T& defaults, std::string_view prefix = {}) {
  std::vector<SettingInfo> out;
  detail::SettingLister<T> lister{defaults, std::string(prefix), {}, out};
  T::fields(lister);
  return out;
}

}  // namespace agent

#include "agent/detail/setting_lister.hpp"
