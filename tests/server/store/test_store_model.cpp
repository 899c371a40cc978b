// Random clients at once, and afterwards: is there an order in which one after the other would have been
// answered the same? The revisions say which; it must also be the order of those who waited for each other.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/store/store_model.hpp"
#include "tests/server/store/store_rig.hpp"

using namespace server::store;

namespace {

constexpr std::size_t kClients = 6;
constexpr std::size_t kAtOnce = 50;  // operations of one client within the limit of a test's loop

// All clients together.
std::size_t operations(const test::StoreFactory& factory) {
  const char* wanted = std::getenv("STORE_MODEL_OPERATIONS");
  return wanted == nullptr ? factory.model_operations : std::strtoul(wanted, nullptr, 10);
}

struct Done {
  Txn txn;
  TxnAnswer answer;
  std::uint64_t begun = 0;
  std::uint64_t ended = 0;

  bool is_write() const {
    const auto& branch = answer.succeeded ? txn.then : txn.otherwise;
    for (std::size_t i = 0; i < branch.size(); ++i)
      if (std::holds_alternative<PutOp>(branch[i]) || answer.answers.at(i).deleted > 0) return true;
    return false;
  }
};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t end) { return engine_() % end; }
  std::string key() { return "k" + std::to_string(below(6)); }

  KeyRange range() {
    if (below(4) == 0) return KeyRange::prefix("k");
    const std::string begin = key();
    const std::string end = key();
    return begin < end ? KeyRange{begin, end} : KeyRange::key(begin);
  }

  Compare compare(Revision seen) {
    Compare out;
    out.key = key();
    out.target = static_cast<Compare::Target>(below(4));
    out.is = static_cast<Compare::Is>(below(4));
    out.number = out.target == Compare::Target::version ? static_cast<Revision>(below(3))
                                                        : seen - static_cast<Revision>(below(8));
    if (below(3) == 0) out.number = 0;
    out.value = std::to_string(below(10));
    return out;
  }

  std::vector<Operation> branch() {
    std::vector<Operation> out;
    const std::string put = key();
    if (below(2) == 0) out.emplace_back(GetOp{range(), below(4)});
    if (below(2) == 0) out.emplace_back(PutOp{put, std::to_string(below(10)), 0});
    const KeyRange gone = range();
    if (below(6) == 0 && !gone.contains(put)) out.emplace_back(DeleteOp{gone});
    if (below(3) == 0) out.emplace_back(GetOp{range(), 0});
    return out;
  }

  Txn txn(Revision seen) {
    Txn out;
    if (below(2) == 0) out.compares.push_back(compare(seen));
    out.then = branch();
    if (below(2) == 0) out.otherwise = branch();
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

class Client {
 public:
  Client(Store& store, std::atomic<std::uint64_t>& clock, std::uint64_t seed)
      : store_(store), clock_(clock), random_(seed) {}

  // On a thread of its own, which checks nothing itself.
  void work(std::size_t count) {
    try {
      while (done_.size() < count)
        test::detail::on_loop_of_its_own([this](agent::net::Loop&) { return some(); });
    } catch (const std::exception& error) {
      failure_ = error.what();
    }
  }
  const std::string& failure() const { return failure_; }
  const std::vector<Done>& done() const { return done_; }

 private:
  agent::Task<> some() {
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      Done one;
      one.begun = ++clock_;
      if (random_.below(3) == 0) {
        co_await look(&one);
      } else {
        one.txn = random_.txn(seen_);
        auto task = store_.txn(one.txn, test::soon());
        one.answer = co_await std::move(task);
      }
      one.ended = ++clock_;
      seen_ = one.answer.revision;
      done_.push_back(std::move(one));
    }
  }

  // A get is a transaction that only lists.
  agent::Task<> look(Done* one) {
    const GetOp get{random_.range(), random_.below(4)};
    one->txn.then.emplace_back(get);
    auto task = store_.get(get.range, get.limit, test::soon());
    Snapshot found = co_await std::move(task);
    one->answer.revision = found.revision;
    one->answer.succeeded = true;
    one->answer.answers.resize(1);
    one->answer.answers[0].items = std::move(found.items);
    one->answer.answers[0].more = found.more;
  }

  Store& store_;
  std::atomic<std::uint64_t>& clock_;
  Random random_;
  Revision seen_ = 0;
  std::vector<Done> done_;
  std::string failure_;
};

// Replays what was done in the order of the revisions; each answer must be the model's.
void check_order(std::vector<const Done*> all, test::StoreModel& model) {
  std::stable_sort(all.begin(), all.end(), [](const Done* a, const Done* b) {
    return std::pair(a->answer.revision, !a->is_write()) < std::pair(b->answer.revision, !b->is_write());
  });
  for (const Done* one : all) {
    const TxnAnswer expected = one->is_write() ? model.apply(one->txn) : model.look(one->txn);
    const std::string want = test::text(expected);
    const std::string got = test::text(one->answer);
    if (want != got) REQUIRE(got == want);
  }
}

// Nobody was answered with an older state than somebody who had his answer before the question.
void check_time(std::vector<const Done*> all) {
  std::vector<const Done*> by_end = all;
  std::sort(all.begin(), all.end(), [](const Done* a, const Done* b) { return a->begun < b->begun; });
  std::sort(by_end.begin(), by_end.end(), [](const Done* a, const Done* b) { return a->ended < b->ended; });
  Revision newest = 0;
  auto ended = by_end.begin();
  for (const Done* one : all) {
    for (; ended != by_end.end() && (*ended)->ended < one->begun; ++ended)
      newest = std::max(newest, (*ended)->answer.revision);
    const Revision least = one->is_write() ? newest + 1 : newest;
    if (one->answer.revision < least) REQUIRE(one->answer.revision >= least);
  }
}

// Everything that the watch gives up to a revision.
std::vector<std::string> read_up_to(Watch& watch, Revision end) {
  std::vector<std::string> out;
  for (Revision seen = 0; seen < end;) {
    const WatchMessage message = test::run(watch.next(test::now()));
    REQUIRE((message.kind == WatchMessage::Kind::events || message.kind == WatchMessage::Kind::progress));
    for (const Item& item : message.events) out.push_back(test::text(*item));
    seen = message.revision;
  }
  return out;
}

}  // namespace

TEST_CASE("Clients at once are answered as if one after the other, and a watch sees it all",
          "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  const std::size_t count = operations(factory) / kClients;
  const auto rig = factory.make(10 * operations(factory));
  Store& store = rig->store();
  const Revision start = store.revision();
  const auto watch = store.watch({.range = KeyRange::all(), .from = start + 1, .client = {}});
  std::atomic<std::uint64_t> clock{0};
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < kClients; ++i)
    clients.push_back(std::make_unique<Client>(store, clock, seed + i));
  std::vector<std::thread> threads;
  for (const auto& client : clients) threads.emplace_back([&client, count] { client->work(count); });
  for (std::thread& thread : threads) thread.join();

  std::vector<const Done*> all;
  for (const auto& client : clients) CHECK(client->failure() == "");
  for (const auto& client : clients)
    for (const Done& one : client->done()) all.push_back(&one);
  REQUIRE(all.size() >= kClients * count);
  test::StoreModel model(start);
  check_order(all, model);
  CHECK(model.revision() == store.revision());
  check_time(all);
  std::vector<std::string> changes;
  for (const KeyValue& change : model.changes()) changes.push_back(test::text(change));
  CHECK(read_up_to(*watch, model.revision()) == changes);
}
