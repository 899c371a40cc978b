#include "store/store_error.hpp"

namespace server::store {
namespace {

agent::Errc code_of(Fault fault) {
  switch (fault) {
    case Fault::unavailable: return agent::Errc::busy;
    case Fault::compare_failed: return agent::Errc::refused;
    case Fault::compacted: return agent::Errc::not_found;
    case Fault::refused: break;
  }
  return agent::Errc::bad_message;
}

}  // namespace

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::unavailable: return "unavailable";
    case Fault::compare_failed: return "compare failed";
    case Fault::compacted: return "compacted";
    case Fault::refused: break;
  }
  return "refused";
}

StoreError::StoreError(Fault fault, const std::string& message, Revision revision, Refusal refusal)
    : agent::Error(code_of(fault), message), fault_(fault), revision_(revision), refusal_(refusal) {}

}  // namespace server::store
