// MultipartParser: the parts of a multipart/form-data body, piece by piece (RFC 7578, RFC 2046). No I/O.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace server {

struct MultipartLimits {
  std::size_t part_head = 8 * 1024;  // bytes of a part's headers
  std::size_t parts = 1000;
  std::size_t preamble = 64 * 1024;  // what stands before the first boundary is ignored, up to this
};

class MultipartParser {
 public:
  enum class Event {
    need_more,  // feed()
    part,       // a part begins: name(), filename()
    data,       // the next piece of it: data()
    part_end,
    end,  // the final boundary; what follows is ignored
  };

  // `content_type`: the header of that name. Throws Errc::bad_message when it is not multipart/form-data with
  // a boundary of 1 to 70 characters, in the originals' words.
  explicit MultipartParser(std::string_view content_type, const MultipartLimits& limits = {});

  // The next bytes of the body, after need_more.
  void feed(std::string_view bytes);
  // Throws Errc::bad_message for what is no multipart, too_large beyond the limits.
  Event next();
  // There are no more bytes: throws Errc::bad_message unless the final boundary has been seen.
  void finish() const;

  const std::string& name() const { return name_; }
  // nullopt: a plain field. As sent, whatever path it has.
  const std::optional<std::string>& filename() const { return filename_; }
  // Until the next call.
  std::string_view data() const { return data_; }

 private:
  enum class State { preamble, after_boundary, head, body, ended };

  Event skip_preamble();
  Event read_boundary_end();
  Event read_head();
  Event read_body();
  void read_header(std::string_view line);
  void take(std::size_t count);
  std::string_view rest() const { return std::string_view(buffer_).substr(used_); }

  MultipartLimits limits_;
  std::string delimiter_;  // "\r\n--boundary"
  State state_ = State::preamble;
  std::string buffer_ = "\r\n";  // so that a boundary at the very beginning is like the others
  std::size_t used_ = 0;
  std::size_t ignored_ = 0;
  std::size_t parts_ = 0;
  std::string name_;
  std::optional<std::string> filename_;
  std::string_view data_;
};

}  // namespace server
