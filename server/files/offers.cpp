#include "files/offers.hpp"

#include <utility>

#include "agent/error.hpp"
#include "base/digest.hpp"

namespace server {

using agent::Errc;
using agent::Error;

std::shared_ptr<const Offer> Offers::add(const std::string& id, std::shared_ptr<StoredFile> file,
                                         std::uint64_t size, std::string etag,
                                         agent::net::Clock::time_point expires) {
  constexpr std::size_t kTokenBytes = 16;
  auto offer = std::make_shared<Offer>(
      Offer{agent::random_hex(kTokenBytes), std::move(file), size, std::move(etag), expires});
  std::lock_guard lock(mutex_);
  offers_[id] = offer;
  return offer;
}

void Offers::remove(const std::string& id) {
  std::lock_guard lock(mutex_);
  offers_.erase(id);
}

std::shared_ptr<const Offer> Offers::find(std::string_view id, std::string_view token,
                                          agent::net::Clock::time_point now) const {
  std::lock_guard lock(mutex_);
  auto found = offers_.find(id);
  if (found == offers_.end() || found->second->expires < now) throw Error(Errc::not_found, "");
  if (!agent::equal_constant_time(found->second->token, token)) throw Error(Errc::denied, "access denied");
  return found->second;
}

}  // namespace server
