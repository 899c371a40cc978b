#include "http_sender.hpp"

#include <agent/error.hpp>
#include <agent/json_value.hpp>
#include <algorithm>
#include <filesystem>

#include "gzip.hpp"
#include "http_post.hpp"
#include "post_body.hpp"
#include "zstd.hpp"

namespace logkit {
namespace {

enum class Compression { none, gzip, zstd };

class HttpSender final : public RecordSender {
 public:
  HttpSender(HttpTarget target, HttpForm form, Compression compression)
      : post_(std::move(target)), form_(std::move(form)), compression_(compression) {}

  SendResult send(const Selection& selection) override {
    std::string body = post_body(form_, selection);
    if (compression_ == Compression::gzip) body = gzip(body);
    if (compression_ == Compression::zstd) body = zstd(body);
    return judge(post_.post(body));
  }
  void interrupt() override { post_.interrupt(); }

 private:
  HttpPost post_;
  HttpForm form_;
  Compression compression_;
};

// The original's flag is one of the two.
Compression read_compression(const PartOptions& options) {
  const bool is_zipped = options.flag("http_sender_gzip", false);
  const std::string word =
      options.one_of("http_sender_compression", is_zipped ? "gzip" : "none", {"gzip", "none", "zstd"});
  if (is_zipped && word != "gzip")
    options.fail("http_sender_compression: '" + word + "' contradicts http_sender_gzip");
  if (word == "zstd") return Compression::zstd;
  return word == "gzip" ? Compression::gzip : Compression::none;
}

bool is_header_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

void add_headers(const PartOptions& options, std::vector<std::string>& headers) {
  const std::string text = options.text("http_sender_headers", "{}");
  try {
    const agent::json::Document document = agent::json::Document::parse(text);
    if (!document.root().is_object()) options.fail("http_sender_headers: expected an object");
    for (std::size_t i = 0; i < document.root().size(); ++i) {
      const auto [name, value] = document.root().member(i);
      if (name.empty() || name.find_first_of(": ") != std::string_view::npos || !is_header_text(name) ||
          !value.is_string() || !is_header_text(value.as_string()))
        options.fail("http_sender_headers: '" + std::string(name) + "' is no header with a text");
      headers.push_back(std::string(name) + ": " + std::string(value.as_string()));
    }
  } catch (const agent::Error& error) {
    if (error.code() == agent::Errc::bad_config) throw;
    options.fail(std::string("http_sender_headers: ") + error.what());
  }
}

HttpForm read_form(const PartOptions& options) {
  HttpForm form;
  const std::string word =
      options.one_of("http_sender_protocol", "json", {"body_json", "csv", "json", "raw"});
  if (word == "body_json") form.protocol = HttpProtocol::body_json;
  if (word == "csv") form.protocol = HttpProtocol::csv;
  if (word == "raw") form.protocol = HttpProtocol::raw;
  form.text = options.text("http_sender_template");
  if (!form.text.empty()) form.protocol = HttpProtocol::templated;
  form.has_csv_head = options.flag("http_sender_csv_head", true);
  form.csv_separator =
      options.text("http_sender_csv_split", options.has("http_sender_csv_split") ? "\t" : ",");
  return form;
}

HttpTarget read_target(const PartOptions& options) {
  HttpTarget target;
  target.url = options.required("http_sender_url");
  if (!target.url.starts_with("http://") && !target.url.starts_with("https://"))
    options.fail("http_sender_url: '" + target.url + "' begins neither with http:// nor with https://");
  const auto timeout = options.duration("http_sender_timeout", target.timeout);
  target.timeout =
      std::clamp<std::chrono::milliseconds>(std::chrono::ceil<std::chrono::milliseconds>(timeout),
                                            std::chrono::milliseconds(1), std::chrono::hours(1));
  target.ca_file = options.text("http_sender_ca");
  if (!target.ca_file.empty() && !std::filesystem::exists(target.ca_file))
    options.fail("http_sender_ca: '" + target.ca_file + "' does not exist");
  return target;
}

}  // namespace

std::unique_ptr<RecordSender> make_http_sender(const PartOptions& options, const WriteRights&) {
  HttpForm form = read_form(options);
  HttpTarget target = read_target(options);
  const Compression compression = read_compression(options);
  // JSON is the same with or without it.
  options.ignore({"http_sender_escape_html"});
  target.headers.push_back(std::string("Content-Type: ") + post_content_type(form.protocol));
  if (compression == Compression::gzip) target.headers.emplace_back("Content-Encoding: gzip");
  if (compression == Compression::zstd) target.headers.emplace_back("Content-Encoding: zstd");
  add_headers(options, target.headers);
  return std::make_unique<HttpSender>(std::move(target), std::move(form), compression);
}

}  // namespace logkit
