// The frames of a peer's streams, between what we do with ours. The input is a list of steps: a byte that
// says what is done, a byte for the stream, and for frames a byte for the length and so many bytes.
#include <asio/co_spawn.hpp>
#include <map>
#include <memory>

#include "agent/error.hpp"
#include "net/bulk.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/socket_pair.hpp"

namespace {

using namespace agent::net;
using agent::Errc;
using agent::Error;

constexpr auto kNever = Clock::time_point::max();
constexpr std::size_t kStreams = 4;

// Ours: sources are read to their end, sinks written to.
class Scene {
 public:
  Scene() {
    auto [ours, theirs] = test::socket_pair(loop_);
    theirs_ = std::make_unique<asio::ip::tcp::socket>(std::move(theirs));
    socket_ = std::make_unique<WebSocket>(std::make_unique<Stream>(loop_, std::move(ours)),
                                          WebSocketOptions{.is_server = true});
    streams_ = std::make_shared<BulkStreams>(*socket_);
  }

  // What is read or written ends by this, and is waited for.
  ~Scene() {
    sinks_.clear();
    streams_->close("it is over");
    // By a reset, or thousands of these would use up the ports.
    theirs_->set_option(asio::socket_base::linger(true, 0));
    theirs_.reset();
    socket_.reset();
    loop_.io().restart();
    while (running_ > 0 && loop_.io().run_one() > 0) continue;
  }

  void step(std::string_view& input) {
    const unsigned what = fuzz::take_byte(input);
    const unsigned which = fuzz::take_byte(input);
    const std::uint32_t id = which % kStreams + 1;
    switch (what % 6) {
      case 0: receive(frame_of(input, which / kStreams, id)); break;
      case 1: receive(fuzz::take(input, which)); break;
      case 2: open_source(id); break;
      case 3: sinks_.try_emplace(id, nullptr).first->second = open_sink(id); break;
      case 4: write(id, fuzz::take_byte(input)); break;
      case 5: give_up(id, which / kStreams); break;
    }
    loop_.io().restart();
    loop_.io().poll();
  }

  bool is_over() const { return over_; }

 private:
  static std::string frame_of(std::string_view& input, unsigned kind, std::uint32_t id) {
    const std::size_t size = fuzz::take_byte(input);
    return encode_bulk(static_cast<BulkKind>(kind % 4 + 1), id, fuzz::take(input, size));
  }

  // What breaks the rules ends the session.
  void receive(std::string_view frame) {
    try {
      streams_->receive(frame);
    } catch (const Error& error) {
      fuzz::require(error.code() == Errc::bad_message, "another error");
      over_ = true;
    }
  }

  static agent::Task<> drain(std::unique_ptr<BulkSource> source) {
    for (bool more = true; more;) {
      const std::string bytes = co_await source->read(kNever);
      more = !bytes.empty();
    }
  }

  static agent::Task<> write(std::shared_ptr<BulkSink> sink, std::string bytes) {
    co_await sink->write(std::move(bytes), kNever);
  }

  void run(agent::Task<> task) {
    ++running_;
    asio::co_spawn(loop_.io(), std::move(task), [this](std::exception_ptr thrown) {
      --running_;
      try {
        if (thrown) std::rethrow_exception(thrown);
      } catch (const Error&) {
      }
    });
  }

  void open_source(std::uint32_t id) {
    try {
      run(drain(std::make_unique<BulkSource>(streams_, id)));
    } catch (const Error&) {  // there is one
    }
  }

  std::shared_ptr<BulkSink> open_sink(std::uint32_t id) {
    const auto found = sinks_.find(id);
    if (found != sinks_.end() && found->second) return found->second;
    try {
      return std::make_shared<BulkSink>(streams_, id);
    } catch (const Error&) {  // the end of the last one has not left yet
      return nullptr;
    }
  }

  // One at a time writes to a sink: what does not go at once ends the steps.
  void write(std::uint32_t id, std::size_t size) {
    const auto found = sinks_.find(id);
    if (found == sinks_.end() || !found->second) return;
    const std::size_t before = running_;
    run(write(found->second, std::string(size * 256, 'x')));
    loop_.io().restart();
    loop_.io().poll();
    over_ = over_ || running_ > before;
  }

  void give_up(std::uint32_t id, unsigned how) {
    const auto found = sinks_.find(id);
    if (found == sinks_.end() || !found->second) return;
    if (how % 3 == 0) found->second->end("note");
    if (how % 3 == 1) found->second->fail("why");
    sinks_.erase(found);
  }

  Loop loop_;
  std::unique_ptr<asio::ip::tcp::socket> theirs_;
  std::unique_ptr<WebSocket> socket_;
  std::shared_ptr<BulkStreams> streams_;
  std::map<std::uint32_t, std::shared_ptr<BulkSink>> sinks_;
  std::size_t running_ = 0;
  bool over_ = false;
};

}  // namespace

void fuzz::streams(std::string_view input) {
  Scene scene;
  while (!input.empty() && !scene.is_over()) scene.step(input);
}
