// Form: the fields of a multipart/form-data request and one file, whose content is read piece by piece. A
// form of another kind has no file: of application/x-www-form-urlencoded the fields are read, as the
// originals do.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/pump.hpp"
#include "agent/task.hpp"
#include "http/multipart.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace server {

// Bytes of all fields together.
inline constexpr std::size_t kFormFields = 1024 * 1024;

// Belongs to the request's loop. What is wrong with the body is a RequestError (400, 413).
class Form final : public agent::ByteSource {
 public:
  // `request` must outlive it.
  explicit Form(Request* request);

  // Reads the fields up to the file of that name; false when the body ends without it. Other files are read
  // and dropped.
  agent::Task<bool> find_file(std::string name);
  // What to throw where find_file() is false: "bad param: file:http: no such file", as the originals say it.
  RequestError missing_file() const;
  // The base name that came with it.
  const std::string& filename() const { return filename_; }
  // The next piece of the file.
  agent::Task<std::string> read() override;
  // Reads what comes behind the file.
  agent::Task<> finish();

  // What has been read so far. The first value; "" when absent.
  const std::string& text(std::string_view name) const;
  // All values, as they came.
  const std::vector<std::string>& values(std::string_view name) const;
  // All values, each of them csv (csv.hpp).
  std::vector<std::string> list(std::string_view name) const;
  // Throws RequestError: "bad param: timeout: ...". The fallback when absent.
  std::int64_t integer(std::string_view name, std::int64_t fallback) const;
  // text() of a field that must be there. Throws RequestError: "Missing [dir]".
  const std::string& required(std::string_view name) const;

 private:
  agent::Task<MultipartParser::Event> next();
  agent::Task<> skip();
  agent::Task<> read_field();
  agent::Task<> read_urlencoded();
  void add_field_bytes(std::size_t count);
  void note_key(std::string_view name);

  Request* request_;
  std::optional<MultipartParser> parser_;  // none: the form is of another kind
  std::string why_no_file_ = "http: no such file";
  std::map<std::string, std::vector<std::string>, std::less<>> fields_;
  std::size_t field_bytes_ = 0;
  std::string filename_;
};

}  // namespace server
