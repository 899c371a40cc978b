// Offers: content that agents fetch from us, each for as long as its call lasts (wire protocol, section 7.2).
//
// Thread-safe; a lock is taken per upload and per fetch.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "files/stored_file.hpp"
#include "net/loop.hpp"

namespace server {

struct Offer {
  std::string token;  // 32 hexadecimal digits, a secret
  std::shared_ptr<StoredFile> file;
  std::uint64_t size = 0;
  std::string etag;  // in its quotes
  agent::net::Clock::time_point expires;
};

class Offers {
 public:
  // Throws Errc::io without a source of random numbers.
  std::shared_ptr<const Offer> add(const std::string& id, std::shared_ptr<StoredFile> file,
                                   std::uint64_t size, std::string etag,
                                   agent::net::Clock::time_point expires);
  void remove(const std::string& id);

  // May be fetched again and again until it is removed or expires. Throws Errc::not_found "", and
  // Errc::denied for a wrong token, which takes as long to find as a right one.
  std::shared_ptr<const Offer> find(std::string_view id, std::string_view token,
                                    agent::net::Clock::time_point now) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Offer>, std::less<>> offers_;
};

}  // namespace server
