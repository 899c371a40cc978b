#include "store_door/store_failure.hpp"

#include <string>
#include <utility>

namespace server::door {
namespace {

using store::Fault;

int code_of(Fault fault) {
  switch (fault) {
    case Fault::refused: return 400;
    case Fault::compacted: return 410;
    case Fault::compare_failed: return 412;
    case Fault::unavailable: break;
  }
  return 503;
}

template <class Result>
agent::Task<Result> tell(agent::Task<Result> work) {
  try {
    co_return co_await std::move(work);
  } catch (const store::StoreError& error) {
    throw told(error);
  }
}

}  // namespace

RequestError told(const store::StoreError& error) {
  return {code_of(error.fault()), std::string(error.text())};
}

agent::Task<Payload> telling(agent::Task<Payload> work) { return tell(std::move(work)); }
agent::Task<Reply> telling(agent::Task<Reply> work) { return tell(std::move(work)); }

}  // namespace server::door
