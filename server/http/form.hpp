// Form: the fields of a multipart/form-data request and one file, whose content is read piece by piece.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/task.hpp"
#include "http/multipart.hpp"
#include "http/request.hpp"

namespace server {

// Bytes of all fields together.
inline constexpr std::size_t kFormFields = 1024 * 1024;

// Belongs to the request's loop. What is wrong with the body is a RequestError (400, 413).
class Form {
 public:
  // `request` must outlive it.
  explicit Form(Request* request);

  // Reads the fields up to the file of that name; false when the body ends without it. Other files are read
  // and dropped.
  agent::Task<bool> find_file(std::string name);
  // The base name that came with it.
  const std::string& filename() const { return filename_; }
  // The next piece of the file, "" at its end.
  agent::Task<std::string> read();
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
  void note_key(std::string_view name);

  Request* request_;
  MultipartParser parser_;
  std::map<std::string, std::vector<std::string>, std::less<>> fields_;
  std::size_t field_bytes_ = 0;
  std::string filename_;
};

}  // namespace server
