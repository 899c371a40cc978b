#include "store/schema/table_scripts.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "agent/error.hpp"
#include "agent/utf8.hpp"
#include "base/ascii_case.hpp"
#include "base/read_file.hpp"

namespace server::schema {
namespace {

namespace fs = std::filesystem;
using agent::Errc;
using agent::Error;

std::vector<std::string> names_in(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error) throw Error(Errc::io, "read " + directory + ": " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

bool is_folder(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error && status.type() != fs::file_type::not_found)
    throw Error(Errc::io, "read " + path + ": " + error.message());
  return fs::is_directory(status);
}

// Of "v12.sql"; nullopt for other names. Throws for "vx.sql".
std::optional<int> version_of(const std::string& name) {
  constexpr std::string_view kEnd = ".sql";
  if (!name.starts_with('v') || !name.ends_with(kEnd)) return std::nullopt;
  const char* end = name.data() + name.size() - kEnd.size();
  int version = -1;
  const auto [stop, error] = std::from_chars(name.data() + 1, end, version);
  if (error != std::errc() || stop != end || version < 0)
    throw Error(Errc::bad_config, "its name has no version: a number, 1 to 2147483647, as in v1.sql");
  return version;
}

template <class Step>
auto within(const std::string& file, Step step) {
  try {
    return step();
  } catch (const Error& error) {
    const Errc code = error.code() == Errc::bad_message ? Errc::bad_config : error.code();
    throw Error(code, error.what()).within(file);
  }
}

class TableReader {
 public:
  TableReader(const std::string& directory, const std::string& table, const SqlDialect& dialect)
      : directory_(directory), table_(table), dialect_(dialect) {}

  TableScripts read() const {
    TableScripts out;
    out.name = table_;
    out.has_schema = is_folder(directory_ + "/" + table_ + "/schema");
    if (out.has_schema) read_schema(out);
    if (is_folder(directory_ + "/" + table_ + "/data")) out.data = read_versions(ScriptClass::data);
    return out;
  }

 private:
  std::string folder(ScriptClass script_class) const {
    return table_ + (script_class == ScriptClass::schema ? "/schema" : "/data");
  }

  void read_schema(TableScripts& out) const {
    out.schema = read_versions(ScriptClass::schema);
    const std::string file = folder(ScriptClass::schema) + "/latest.sql";
    out.has_latest = fs::exists(directory_ + "/" + file);
    if (!out.has_latest) return;
    out.latest = read_script(file, ScriptClass::schema, out.schema.empty() ? 0 : out.schema.back().version);
  }

  std::vector<SqlScript> read_versions(ScriptClass script_class) const {
    std::map<int, std::string> files;
    for (const std::string& name : names_in(directory_ + "/" + folder(script_class))) {
      const std::string file = folder(script_class) + "/" + name;
      const std::optional<int> version = within(file, [&] { return version_of(name); });
      if (!version || *version == 0) continue;
      const auto [place, is_new] = files.emplace(*version, file);
      if (!is_new) throw Error(Errc::bad_config, file + ": the same version as " + place->second);
    }
    std::vector<SqlScript> scripts;
    for (const auto& [version, file] : files) scripts.push_back(read_script(file, script_class, version));
    return scripts;
  }

  SqlScript read_script(const std::string& file, ScriptClass script_class, int version) const {
    SqlScript script{file, table_, script_class, version, {}, {}};
    within(file, [&] {
      script.text = agent::read_file(directory_ + "/" + file, kMostScriptBytes);
      script.statements = split_sql(script.text, dialect_);
      check_script(script);
      return 0;
    });
    return script;
  }

  const std::string& directory_;
  const std::string& table_;
  const SqlDialect& dialect_;
};

[[noreturn]] void fail_at(int line, const std::string& what) {
  throw Error(Errc::bad_config, "line " + std::to_string(line) + ": " + what);
}

void check_bytes(const std::string& text) {
  const auto line_at = [&](std::size_t at) {
    return 1 +
           static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  };
  if (const std::size_t at = text.find('\0'); at != std::string::npos) fail_at(line_at(at), "has a NUL");
  std::size_t begin = 0;  // by lines, which say where it is
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (!agent::is_utf8(std::string_view(text).substr(begin, end - begin)))
      fail_at(line_at(begin), "is not UTF-8");
    begin = end + 1;
  }
}

void check_transactions(const SqlScript& script) {
  int begun = 0;  // the line
  for (const SqlStatement& statement : script.statements) {
    StatementKind kind{};
    try {
      kind = kind_of(statement.text);
    } catch (const Error& error) {
      fail_at(statement.line, error.what());
    }
    if (kind == StatementKind::begin && begun != 0)
      fail_at(statement.line, "a transaction within the one of line " + std::to_string(begun));
    if (kind == StatementKind::begin) begun = statement.line;
    if (kind == StatementKind::commit) begun = 0;
  }
  if (begun != 0) fail_at(begun, "the transaction that begins here has no COMMIT");
}

}  // namespace

std::vector<std::string> table_names(const std::string& directory, std::vector<std::string>& others) {
  std::vector<std::string> tables;
  std::map<std::string, std::string> folded;
  for (const std::string& name : names_in(directory)) {
    if (name.starts_with('.')) continue;
    if (!is_folder(directory + "/" + name)) {
      others.push_back(name);
      continue;
    }
    const auto [place, is_new] = folded.emplace(agent::to_lower(name), name);
    if (!is_new)
      throw Error(Errc::bad_config, directory + ": " + place->second + " and " + name + " are one table");
    tables.push_back(name);
  }
  return tables;
}

TableScripts read_table(const std::string& directory, const std::string& name, const SqlDialect& dialect) {
  return TableReader(directory, name, dialect).read();
}

void check_script(const SqlScript& script) {
  check_bytes(script.text);
  if (script.statements.empty()) return;
  if (script.text.find(script.table) == std::string::npos)
    throw Error(Errc::bad_config, "the name of its table, " + script.table + ", is nowhere in it");
  check_transactions(script);
}

}  // namespace server::schema
