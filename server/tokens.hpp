// Tokens: the named tokens of one file, for the API or for agents that enroll.
//
// Thread-safe; reload() replaces all of them at once.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace server {

class Tokens {
 public:
  // `path`: lines of `name token`, `#` starts a comment; "" = no tokens are asked for.
  // Throws io when the file cannot be read, bad_config when it has no token, others may read it, or a
  // line is wrong.
  explicit Tokens(std::string path);

  // Whether a token is asked for at all.
  bool is_required() const { return !path_.empty(); }
  // The name of a token, compared in constant time; nullopt when it is none of ours.
  std::optional<std::string> name_of(std::string_view token) const;

  // Reads the file again. Throws as the constructor does; the old tokens then stay.
  void reload();

 private:
  struct Entry {
    std::string name;
    std::string token;
  };
  using Entries = std::vector<Entry>;
  static Entries load(const std::string& path);
  static Entries parse(std::string_view text, const std::string& path);

  const std::string path_;
  mutable std::mutex mutex_;  // held for the copy of a pointer
  std::shared_ptr<const Entries> entries_;
};

}  // namespace server
