#include "store/etcd_upstream.hpp"

#include <algorithm>
#include <utility>

#include "agent/log.hpp"
#include "net/spawn.hpp"

namespace server::store {

using agent::Clock;
using agent::Errc;
using agent::Error;
using agent::Task;

namespace {

constexpr std::chrono::seconds kListPatience{60};
// The part of a deadline that is for the way back to the caller.
constexpr std::chrono::milliseconds kAnswering{100};

constexpr const char* kGap = "etcd compacted changes before this server had read them: list again";
constexpr const char* kRestored = "an older state of etcd was restored: list again";

}  // namespace

EtcdUpstream::EtcdUpstream(agent::net::Loop& loop, EtcdClient& client, const EtcdOptions& options)
    : loop_(loop),
      client_(client),
      options_(options),
      keys_(options.keys()),
      turn_(options.endpoints, options.random) {}

// -------------------------------------------------------------------------------------- the other threads

void EtcdUpstream::wait_for_start(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  started_.wait_for(lock, limit,
                    [this] { return hub_ || (trouble_ && trouble_->fault() == Fault::refused); });
  if (hub_) return;
  throw Error(Errc::io, "store: " + std::string(trouble_ ? trouble_->what() : "etcd gives no answer"));
}

std::shared_ptr<WatchHub> EtcdUpstream::hub() const {
  std::lock_guard lock(mutex_);
  return hub_;
}

std::string EtcdUpstream::id() const {
  std::lock_guard lock(mutex_);
  return id_;
}

void EtcdUpstream::start(WatchHub::Start start) {
  std::lock_guard lock(mutex_);
  hub_ = std::make_shared<WatchHub>(std::move(start));
  started_.notify_all();
}

void EtcdUpstream::close() {
  if (stream_) stream_->close();
  advanced_.wake();
}

// --------------------------------------------------------------------------------------------- the watch

Task<> EtcdUpstream::run() {
  while (!client_.is_closed()) {
    const std::string endpoint = turn_.current();
    std::string why;
    bool is_refused = false;
    try {
      co_await follow();
    } catch (const EtcdError& error) {
      if (error.is_about_token) client_.forget_token();
      why = error.what();
      is_refused = error.fault() == Fault::refused && (!error.is_about_token || options_.user.empty());
    } catch (const StoreError& error) {
      why = error.what();
      is_refused = error.fault() == Fault::refused;
    } catch (const Error& error) {
      why = endpoint + ": " + error.what();
    }
    stream_.reset();
    if (client_.is_closed()) co_return;
    if (why.empty()) continue;
    lose(why, is_refused);
    const std::chrono::milliseconds wait = turn_.failed(endpoint);
    co_await agent::pause(wait);
  }
}

void EtcdUpstream::lose(const std::string& why, bool is_refused) {
  if (!std::exchange(is_lost_, true)) agent::log::warn("store: the watch of etcd is lost: {}", why);
  client_.drop_idle();
  takes_questions_ = true;  // maybe it was a proxy, or a moment, that is gone
  std::lock_guard lock(mutex_);
  trouble_ = StoreError(is_refused ? Fault::refused : Fault::unavailable, why);
  if (hub_) hub_->set_lost(why);
  started_.notify_all();
}

Task<> EtcdUpstream::follow() {
  co_await agree();
  held_.clear();
  const std::string endpoint = turn_.current();
  std::unique_ptr<EtcdStream> stream = co_await open(endpoint);
  stream_ = std::move(stream);
  is_asked_ = false;
  told_ = 0;
  if (takes_questions_) {
    agent::net::spawn(loop_, question(stream_, options_.timing.progress), "store: question to etcd");
  }
  const std::shared_ptr<EtcdStream> own = stream_;
  co_await read(own, endpoint);
}

// A member's own revision may be behind that of others, so only a linearizable read tells whether it is the
// same store, and not an older one.
Task<> EtcdUpstream::agree() {
  Look found = co_await look();
  const bool is_first = !hub();
  const bool is_back = !is_first && is_restored(found);
  if (options_.is_foreign) {
    if (is_first || is_back) foreign_ = new_mark();
    found.mark = foreign_;
  } else if (!found.mark || (is_back && id().ends_with(found.mark->id))) {
    EtcdMark mark = new_mark();
    co_await set_mark(std::move(mark), found.modified);
    found = co_await look();
    if (!found.mark) throw StoreError(Fault::unavailable, "etcd: the mark is gone again");
  }
  term_ = std::max(is_back ? std::uint64_t{0} : term_, found.header.term);
  const std::string id = std::to_string(client_.cluster()) + "-" + found.mark->id;
  const bool is_other = !is_first && id != this->id();
  if (is_other) agent::log::warn("store: {}", kRestored);
  {
    std::lock_guard lock(mutex_);
    id_ = id;
  }
  if (is_first || is_other) co_await relist(kRestored);
}

Task<EtcdUpstream::Look> EtcdUpstream::look() {
  const Time deadline = Clock::now() + options_.timing.begin;
  std::string body = range_request(KeyRange::key(options_.prefix), 1);
  const EtcdClient::Answer answer =
      co_await client_.call("/v3/kv/range", std::move(body), EtcdClient::Repeat::always, deadline);
  Look out;
  out.header = header_of(answer.document.root());
  Snapshot found = range_answer(answer.document.root(), EtcdKeys::bare());
  if (found.items.empty() || options_.is_foreign) co_return out;
  out.modified = found.items[0]->modified;
  out.mark = decode_mark(options_.prefix, found.items[0]->value);
  co_return out;
}

// By condition: of several servers that want the same, one does it.
Task<> EtcdUpstream::set_mark(EtcdMark mark, Revision modified) {
  const Time deadline = Clock::now() + options_.timing.begin;
  std::string body = txn_request(write_mark(options_.prefix, mark, modified), EtcdKeys::bare());
  co_await client_.call("/v3/kv/txn", std::move(body), EtcdClient::Repeat::always, deadline);
}

bool EtcdUpstream::is_restored(const Look& look) const {
  return look.header.revision < revision_ || look.header.term < term_;
}

Task<Snapshot> EtcdUpstream::pages(KeyRange range, std::size_t limit, std::size_t page_size, Time deadline) {
  KeyRange outer = keys_.outside(range);
  Snapshot all;
  for (;;) {
    const std::size_t left = limit == 0 ? page_size : std::min(page_size, limit - all.items.size());
    std::string body = range_request(outer, left, all.revision);
    const EtcdClient::Answer answer =
        co_await client_.call("/v3/kv/range", std::move(body), EtcdClient::Repeat::always, deadline);
    Snapshot page = range_answer(answer.document.root(), keys_);
    // Later pages are at the first one's revision, whatever the store's is by then.
    if (all.revision == 0) all.revision = page.revision;
    all.items.insert(all.items.end(), page.items.begin(), page.items.end());
    all.more = page.more;
    if (!page.more || page.items.empty() || (limit != 0 && all.items.size() >= limit)) co_return all;
    outer.begin = keys_.outside(all.items.back()->key) + '\0';
  }
}

// Begins anew when the revision of the first page is no history any more; with larger pages, because an
// embedded server has no state but the newest, and others may write all the time.
Task<Snapshot> EtcdUpstream::list(KeyRange range, std::size_t limit, Time deadline) {
  for (std::size_t page_size = kPage;; page_size *= 2) {
    try {
      Snapshot all = co_await pages(range, limit, page_size, deadline);
      co_return all;
    } catch (const EtcdError& error) {
      if (error.fault() != Fault::compacted) throw;
    }
  }
}

Task<> EtcdUpstream::relist(const char* reason) {
  const Time deadline = Clock::now() + kListPatience;
  KeyRange everything = KeyRange::all();
  Snapshot now = co_await list(std::move(everything), 0, deadline);
  WatchHub::Start start{now.revision, {}, ChangeHistory(now.revision)};
  for (const Item& item : now.items) start.keys.apply(item);
  revision_ = now.revision;
  if (const auto hub = this->hub()) {
    hub->restart(std::move(start), reason);
  } else {
    this->start(std::move(start));
  }
  advanced_.wake();
}

// A server, or a proxy before it, that waits for the end of the questions is asked without them.
Task<std::unique_ptr<EtcdStream>> EtcdUpstream::open(std::string endpoint) {
  const Time limit = Clock::now() + options_.timing.begin;
  const std::string token = co_await client_.token(limit);
  // From the last revision that is known, not from behind it: 3.4 and 3.5 say nothing about a delete at
  // exactly the revision they are compacted at, but do say that an earlier one is gone.
  const Revision from = std::exchange(skips_known_, false) ? revision_ + 1 : revision_;
  const std::string message = watch_request(keys_.all(), std::max<Revision>(from, 1));
  std::unique_ptr<EtcdStream> stream = co_await connect(endpoint);
  bool has_begun = true;
  if (takes_questions_) {
    has_begun = co_await begin_with_questions(stream.get(), token, message);
    if (!has_begun) stream = co_await connect(endpoint);
  }
  const Time deadline = Clock::now() + options_.timing.begin;
  if (!takes_questions_ || !has_begun)
    co_await stream->begin(token, message, EtcdStream::Mode::one, deadline);
  takes_questions_ = takes_questions_ && has_begun;
  co_return stream;
}

Task<std::unique_ptr<EtcdStream>> EtcdUpstream::connect(std::string endpoint) {
  agent::net::DialOptions dial = client_.dial_options(endpoint);
  return EtcdStream::connect(loop_, std::move(dial));
}

Task<bool> EtcdUpstream::begin_with_questions(EtcdStream* stream, std::string token, std::string message) {
  const Time deadline = Clock::now() + options_.timing.begin;
  try {
    co_await stream->begin(std::move(token), std::move(message), EtcdStream::Mode::questions, deadline);
  } catch (const Error& error) {
    if (error.code() != Errc::timeout && error.code() != Errc::bad_message) throw;
    co_return false;
  }
  co_return true;
}

Task<> EtcdUpstream::question(std::weak_ptr<EtcdStream> stream, std::chrono::milliseconds every) {
  for (;;) {
    co_await agent::pause(every);
    const std::shared_ptr<EtcdStream> alive = stream.lock();
    if (!alive) co_return;
    if (!std::exchange(is_asked_, true)) alive->send(progress_request());
  }
}

std::chrono::milliseconds EtcdUpstream::silence() const {
  return takes_questions_ ? options_.timing.silence : options_.timing.silence_unasked;
}

// Nothing: nothing came for long, of somebody who cannot be asked whether he lives.
Task<std::optional<std::string>> EtcdUpstream::next_line(std::shared_ptr<EtcdStream> stream) {
  std::optional<std::string> out;
  try {
    out = co_await stream->line();
  } catch (const Error& error) {
    if (error.code() != Errc::timeout || takes_questions_) throw;
  }
  co_return out;
}

Task<> EtcdUpstream::read(std::shared_ptr<EtcdStream> stream, std::string endpoint) {
  for (bool goes_on = true; goes_on;) {
    stream->expires_at(Clock::now() + silence());
    std::optional<std::string> text = co_await next_line(stream);
    if (!text) co_return;
    if (text->empty()) continue;
    EtcdWatchLine line = watch_line(std::move(*text), keys_);
    if (line.kind != EtcdWatchLine::Kind::created) turn_.succeeded();
    goes_on = co_await take(std::move(line), endpoint);
  }
}

// False: the stream has no more to say, and all is well.
Task<bool> EtcdUpstream::take(EtcdWatchLine line, std::string endpoint) {
  using Kind = EtcdWatchLine::Kind;
  client_.check_cluster(line.header, endpoint);
  switch (line.kind) {
    case Kind::created: hub()->set_lost(std::nullopt); co_return true;
    case Kind::events: publish(std::move(line)); co_return true;
    case Kind::progress: settle(line.header.revision); co_return true;
    case Kind::alive: co_return true;
    case Kind::compacted: break;
    case Kind::cancelled: throw Error(Errc::disconnected, "etcd ended the watch: " + line.reason);
  }
  // A server that counts its compacted revision among what is gone has all that we do not know yet.
  skips_known_ = line.compacted <= revision_;
  if (skips_known_) co_return false;
  agent::log::warn("store: {}", kGap);
  co_await relist(kGap);
  // One that has no history at all names the revision behind the newest.
  skips_known_ = line.compacted > revision_;
  co_return false;
}

// etcd 3.4 before .25 and 3.5 before .8 answer at once, while events of earlier revisions may still be on
// their way (etcd issue 15220). So a revision that was told counts once the next question, which was asked
// behind that answer, has its own, and nothing came in between.
void EtcdUpstream::settle(Revision told) {
  is_asked_ = false;
  if (const Revision before = std::exchange(told_, told)) publish(before, {});
}

void EtcdUpstream::publish(EtcdWatchLine line) {
  told_ = 0;
  for (Item& event : line.events)
    if (event->modified > revision_) held_.push_back(std::move(event));
  auto end = held_.end();
  if (line.goes_on && !held_.empty()) {
    const Revision last = held_.back()->modified;
    end = std::find_if(held_.begin(), held_.end(), [&](const Item& item) { return item->modified == last; });
  }
  std::vector<Item> whole(held_.begin(), end);
  held_.erase(held_.begin(), end);
  if (!whole.empty()) publish(whole.back()->modified, whole);
}

void EtcdUpstream::publish(Revision revision, std::vector<Item> events) {
  if (revision <= revision_) return;
  revision_ = revision;
  std::size_t bytes = 0;
  for (const Item& event : events) bytes += event->cost();
  const auto hub = this->hub();
  const Revision compacted = hub->history().compaction_for(events.size(), bytes, options_.history);
  const WatchHub::Change change{revision, std::move(events), compacted};
  hub->publish(change);
  advanced_.wake();
}

Task<> EtcdUpstream::reach(Revision revision, Time deadline) {
  const Time limit = std::min(deadline - kAnswering, Clock::now() + options_.timing.catch_up);
  bool in_time = true;
  while (in_time && revision_ < revision && stream_ && !client_.is_closed())
    in_time = co_await advanced_.wait(limit);
}

}  // namespace server::store
