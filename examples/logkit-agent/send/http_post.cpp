#include "http_post.hpp"

#include <curl/curl.h>

#include <agent/error.hpp>
#include <algorithm>
#include <mutex>
#include <new>

namespace logkit {
namespace {

constexpr std::size_t kKeptText = 1024;
constexpr long kConnectSeconds = 10;

std::size_t keep_text(char* bytes, std::size_t size, std::size_t count, void* text) {
  std::string& kept = *static_cast<std::string*>(text);
  kept.append(bytes, std::min(size * count, kKeptText - kept.size()));
  return size * count;
}

// Other than 0 ends the transfer.
int look_at_interrupt(void* is_interrupted, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<std::atomic<bool>*>(is_interrupted) ? 1 : 0;
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

// Line ends and other controls of an answer would look strange in a log.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// Without what may be a secret: a user's name and password, and the query.
std::string shown_url(const std::string& url) {
  std::string shown = url.substr(0, url.find_first_of("?#"));
  const std::size_t host = shown.find("://") + 3;
  const std::size_t at = shown.substr(0, shown.find('/', host)).rfind('@');
  if (at != std::string::npos && at >= host) shown.erase(host, at + 1 - host);
  return shown;
}

}  // namespace

struct HttpPost::Curl {
  Curl() : handle(curl_easy_init()) {
    if (handle == nullptr) throw std::bad_alloc();
  }
  ~Curl() {
    curl_easy_cleanup(handle);
    curl_slist_free_all(headers);
  }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(handle, option, value);
  }

  CURL* handle;
  curl_slist* headers = nullptr;
};

HttpPost::HttpPost(HttpTarget target) : target_(std::move(target)) {
  start_curl();
  curl_ = std::make_unique<Curl>();
  // "Expect: 100-continue" would cost a round trip for each batch.
  target_.headers.emplace_back("Expect:");
  for (const std::string& header : target_.headers)
    curl_->headers = curl_slist_append(curl_->headers, header.c_str());
  curl_->set(CURLOPT_URL, target_.url.c_str());
  curl_->set(CURLOPT_PROTOCOLS_STR, "http,https");
  curl_->set(CURLOPT_HTTPHEADER, curl_->headers);
  curl_->set(CURLOPT_NOSIGNAL, 1L);
  curl_->set(CURLOPT_POST, 1L);
  curl_->set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_->set(CURLOPT_TIMEOUT_MS, static_cast<long>(target_.timeout.count()));
  curl_->set(CURLOPT_WRITEFUNCTION, keep_text);
  curl_->set(CURLOPT_NOPROGRESS, 0L);
  curl_->set(CURLOPT_XFERINFOFUNCTION, look_at_interrupt);
  curl_->set(CURLOPT_XFERINFODATA, &is_interrupted_);
  if (!target_.ca_file.empty()) curl_->set(CURLOPT_CAINFO, target_.ca_file.c_str());
}

HttpPost::~HttpPost() = default;

HttpAnswer HttpPost::post(std::string_view body) {
  HttpAnswer answer;
  std::string text;
  curl_->set(CURLOPT_POSTFIELDS, body.data());
  curl_->set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_->set(CURLOPT_WRITEDATA, &text);
  const CURLcode result = curl_easy_perform(curl_->handle);
  long status = 0;
  curl_off_t wait = 0;
  curl_easy_getinfo(curl_->handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl_->handle, CURLINFO_RETRY_AFTER, &wait);
  answer.retry_after = std::chrono::seconds(wait);
  if (result == CURLE_OK) {
    answer.status = static_cast<int>(status);
    answer.text = printable(std::move(text));
  } else {
    answer.text = shown_url(target_.url) + ": " + curl_easy_strerror(result);
  }
  return answer;
}

}  // namespace logkit
