#include "store/sqlite_store.hpp"

#include <asio/this_coro.hpp>
#include <utility>

#include "agent/error.hpp"
#include "base/boot_number.hpp"

namespace server::store {
namespace {

using agent::Task;

template <class Result>
struct Asked : StoreJob {
  std::optional<Result> result;
};

// Has the work done by the writer's thread.
template <class Result>
Task<Result> ask(std::shared_ptr<StoreWriter> writer, std::function<Result(StoreRound&)> work,
                 std::size_t bytes, Time deadline) {
  const asio::any_io_executor home = co_await asio::this_coro::executor;
  const auto job = std::make_shared<Asked<Result>>();
  const auto reply = std::make_shared<StoreReply>(home);
  job->reply = reply;
  job->bytes = bytes;
  job->work = [result = &job->result, work = std::move(work)](StoreRound& round) { *result = work(round); };
  writer->add(job);
  writer.reset();  // the file closes with the store, not with those who still wait for an answer
  const bool in_time = co_await StoreReply::wait(reply, deadline);
  if (!in_time) throw StoreError(Fault::unavailable, "no answer in time; a write may have happened");
  if (job->error) throw StoreError(*job->error);
  co_return std::move(*job->result);
}

Task<Snapshot> get_from(std::shared_ptr<WatchHub> hub, KeyRange range, std::size_t limit) {
  check(range);
  co_return hub->get(range, limit);
}

LeaseState grant_now(StoreRound& round, std::chrono::milliseconds ttl, LeaseId id) {
  if (round.leases.size() + round.batch.granted().size() >= kLeases)
    throw StoreError(Fault::refused, "lease: there are " + std::to_string(kLeases) + " already",
                     round.batch.revision(), Refusal::full);
  if (id == 0) id = new_lease_id();
  if (round.batch.has_lease(id) || round.leases.find(id) != nullptr)
    throw StoreError(Fault::refused, "lease " + std::to_string(id) + ": there is one", round.batch.revision(),
                     Refusal::lease_exists);
  round.batch.grant(id, ttl);
  return {.revision = round.batch.revision(), .id = id, .ttl = ttl, .left = ttl, .keys = {}};
}

std::optional<LeaseState> state_of(StoreRound& round, LeaseId id) {
  if (!round.batch.has_lease(id)) return std::nullopt;
  LeaseState out{.revision = round.batch.revision(), .id = id, .keys = {}};
  if (const Lease* lease = round.leases.find(id)) {
    out.ttl = lease->ttl;
    out.left = std::chrono::ceil<std::chrono::milliseconds>(lease->deadline - round.now);
    out.keys.assign(lease->keys.begin(), lease->keys.end());
  } else {
    out.ttl = out.left = round.batch.granted().at(id);
  }
  return out;
}

std::optional<LeaseState> renew_now(StoreRound& round, LeaseId id) {
  std::optional<LeaseState> state = state_of(round, id);
  if (!state) return std::nullopt;
  state->keys.clear();
  state->left = state->ttl;
  const Lease* lease = round.leases.find(id);
  if (lease == nullptr) return state;
  if (lease->revived) round.batch.note_alive(id, lease->ttl);
  round.leases.renew(id, round.now);
  return state;
}

bool revoke_now(StoreRound& round, LeaseId id) {
  if (!round.batch.has_lease(id)) return false;
  round.batch.drop(id);
  return true;
}

StoreCopy copy_now(const StoreRound& round) {
  Snapshot state = round.hub.keys().snapshot(KeyRange::all(), 0, round.hub.revision());
  return {
      .id = {}, .revision = state.revision, .items = std::move(state.items), .leases = round.leases.list()};
}

Task<StoreCopy> with_id(Task<StoreCopy> copying, std::string id) {
  StoreCopy copy = co_await std::move(copying);
  copy.id = std::move(id);
  co_return copy;
}

StoreWriterOptions writer_options(const SqliteStoreOptions& options) {
  return {.path = options.path,
          .sync = options.sync,
          .history = options.history,
          .max_bytes = options.max_bytes,
          .vfs = options.vfs,
          .now = options.now,
          .boot = options.boot != 0 ? options.boot : agent::boot_number()};
}

}  // namespace

SqliteStore::SqliteStore(const SqliteStoreOptions& options) {
  try {
    if (options.vfs.empty()) place_ = std::make_unique<StorePlace>(options.path, options.file_system_type);
    writer_ = std::make_shared<StoreWriter>(writer_options(options));
  } catch (const agent::Error& error) {
    throw error.within("store " + options.path);
  }
}

SqliteStore::~SqliteStore() { SqliteStore::close(); }

void SqliteStore::close() { writer_->close(); }
void SqliteStore::settle() { writer_->settle(); }

Task<Snapshot> SqliteStore::get(KeyRange range, std::size_t limit, Time /*deadline*/) {
  return get_from(writer_->hub(), std::move(range), limit);
}

Task<TxnAnswer> SqliteStore::txn(Txn txn, Time deadline) {
  check(txn);
  const std::size_t bytes = txn.bytes();
  std::function<TxnAnswer(StoreRound&)> work = [txn = std::move(txn)](StoreRound& round) {
    return round.batch.txn(txn);
  };
  return ask(writer_, std::move(work), bytes, deadline);
}

std::unique_ptr<Watch> SqliteStore::watch(WatchOrder order) {
  return writer_->hub()->watch(std::move(order));
}
std::unique_ptr<View> SqliteStore::view(KeyRange range) { return writer_->hub()->view(std::move(range)); }

Task<LeaseState> SqliteStore::grant(std::chrono::milliseconds ttl, LeaseId id, Time deadline) {
  check_ttl(ttl);
  if (id < 0) throw StoreError(Fault::refused, "lease: below 0");
  std::function<LeaseState(StoreRound&)> work = [ttl, id](StoreRound& round) {
    return grant_now(round, ttl, id);
  };
  return ask(writer_, std::move(work), 0, deadline);
}

Task<std::optional<LeaseState>> SqliteStore::keep_alive(LeaseId id, Time deadline) {
  std::function<std::optional<LeaseState>(StoreRound&)> work = [id](StoreRound& round) {
    return renew_now(round, id);
  };
  return ask(writer_, std::move(work), 0, deadline);
}

Task<bool> SqliteStore::revoke(LeaseId id, Time deadline) {
  std::function<bool(StoreRound&)> work = [id](StoreRound& round) { return revoke_now(round, id); };
  return ask(writer_, std::move(work), 0, deadline);
}

Task<std::optional<LeaseState>> SqliteStore::lease(LeaseId id, Time deadline) {
  std::function<std::optional<LeaseState>(StoreRound&)> work = [id](StoreRound& round) {
    return state_of(round, id);
  };
  return ask(writer_, std::move(work), 0, deadline);
}

Revision SqliteStore::revision() const { return writer_->hub()->revision(); }
std::string SqliteStore::id() const { return writer_->id(); }

Task<StoreCopy> SqliteStore::copy(Time deadline) {
  const std::function<StoreCopy(StoreRound&)> work = [](StoreRound& round) { return copy_now(round); };
  return with_id(ask(writer_, work, 0, deadline), id());
}

StoreFigures SqliteStore::figures() const {
  const WatchHub::Figures hub = writer_->hub()->figures();
  return {.revision = hub.revision,
          .keys = hub.keys,
          .bytes = hub.bytes,
          .watches = hub.watches,
          .leases = writer_->leases(),
          .commits = writer_->commits()};
}

}  // namespace server::store
