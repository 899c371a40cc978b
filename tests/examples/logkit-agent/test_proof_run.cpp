// The proof run: numbered lines are written at speed and rotated, while the agent and the receiver are killed
// again and again. No line may be lost or mangled, and a kill repeats at most one batch.
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>

#include "proof_receiver.hpp"
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using test::Program;
using test::ProofLines;
using test::ProofReceiver;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint64_t kBatchLines = 5000;
constexpr std::uint64_t kMegabyte = 1'000'000;

// What happens when. The short run counts bytes, the long one time.
struct Plan {
  std::chrono::seconds duration{};  // 0: the short run
  std::uint64_t bytes = 40 * kMegabyte;
  std::uint64_t file = 4 * kMegabyte;
  // Between two kills, in bytes that have arrived.
  std::uint64_t agent = 9 * kMegabyte;
  std::uint64_t receiver = 7 * kMegabyte;
  // The writer is no further ahead of the receiver than this.
  std::uint64_t ahead = 6 * kMegabyte;
  std::uint64_t bytes_per_second = 0;  // 0: as fast as that allows
};

Plan read_plan() {
  Plan plan;
  const char* const seconds = std::getenv("LIBAGENT_PROOF_SECONDS");
  if (seconds == nullptr) return plan;
  constexpr std::uint64_t kSpeed = 50 * kMegabyte;
  plan.duration = std::chrono::seconds(std::strtoul(seconds, nullptr, 10));
  plan.bytes = kSpeed * static_cast<std::uint64_t>(plan.duration.count());
  plan.file = 64 * kMegabyte;
  plan.agent = 10 * kSpeed;
  plan.receiver = 7 * kSpeed;
  plan.ahead = 1000 * kMegabyte;
  plan.bytes_per_second = kSpeed;
  return plan;
}

// Writes the lines and renames the file; those of the past are removed once they have arrived.
class Writer {
 public:
  Writer(std::string directory, const Plan& plan)
      : directory_(std::move(directory)), plan_(plan), begin_(Clock::now()) {
    open();
  }

  std::uint64_t lines() const { return next_; }
  bool is_done() const { return next_ * ProofLines::kSize >= plan_.bytes; }

  // As much as is allowed now. False: nothing is.
  bool write(std::uint64_t arrived_lines) {
    constexpr std::uint64_t kPiece = 2000;  // lines
    const std::uint64_t bytes = next_ * ProofLines::kSize;
    if (is_done() || bytes > arrived_lines * ProofLines::kSize + plan_.ahead || bytes > allowed())
      return false;
    std::string text;
    for (std::uint64_t i = 0; i < kPiece; ++i) ProofLines::append(text, next_++);
    // A line may be torn when somebody reads here.
    const std::size_t cut = text.size() / 3;
    file_ << text.substr(0, cut) << std::flush << text.substr(cut) << std::flush;
    written_ += text.size();
    if (written_ >= plan_.file) rotate();
    return true;
  }

  void remove_arrived(const ProofReceiver& receiver) {
    while (!rotated_.empty() && receiver.has_all_below(rotated_.front().second)) {
      fs::remove(rotated_.front().first);
      rotated_.pop_front();
    }
  }
  std::size_t rotations() const { return rotations_; }

 private:
  std::string path() const { return directory_ + "/a.log"; }
  void open() {
    file_.open(path(), std::ios::binary | std::ios::trunc);
    written_ = 0;
  }
  std::uint64_t allowed() const {
    if (plan_.bytes_per_second == 0) return plan_.bytes;
    const std::chrono::duration<double> passed = Clock::now() - begin_;
    return static_cast<std::uint64_t>(passed.count() * static_cast<double>(plan_.bytes_per_second));
  }
  void rotate() {
    const std::string to = path() + "." + std::to_string(++rotations_);
    fs::rename(path(), to);
    file_.close();
    rotated_.emplace_back(to, next_);
    open();
  }

  std::string directory_;
  Plan plan_;
  Clock::time_point begin_;
  std::ofstream file_;
  std::uint64_t next_ = 0;
  std::uint64_t written_ = 0;
  std::size_t rotations_ = 0;
  std::deque<std::pair<std::string, std::uint64_t>> rotated_;  // paths, and the number behind their last line
};

// Due again and again, each time that so much has arrived, or so much time has passed.
class Turns {
 public:
  Turns(const Plan& plan, std::uint64_t every)
      : is_timed_(plan.duration.count() > 0), every_(every), speed_(plan.bytes_per_second) {}
  bool is_due(std::uint64_t arrived_bytes) {
    const std::chrono::duration<double> passed = Clock::now() - begin_;
    const std::uint64_t now =
        is_timed_ ? static_cast<std::uint64_t>(passed.count() * static_cast<double>(speed_)) : arrived_bytes;
    if (now < next_ + every_) return false;
    next_ = now;
    return true;
  }

 private:
  bool is_timed_;
  std::uint64_t every_;
  std::uint64_t speed_;
  std::uint64_t next_ = 0;
  Clock::time_point begin_ = Clock::now();
};

class ProofRun {
 public:
  explicit ProofRun(const Plan& plan)
      : plan_(plan), agent_turns_(plan, plan.agent), receiver_turns_(plan, plan.receiver) {
    fs::create_directories(dir_.file("runners"));
    fs::create_directories(dir_.file("logs"));
    dir_.write("runners/r.conf", R"({"reader": {"mode": "tailx", "log_path": ")" + dir_.file("logs/a.log*") +
                                     R"("}, "batch_len": )" + std::to_string(kBatchLines) +
                                     R"(, "batch_interval": "100ms",
        "parser": {"type": "raw", "timestamp": false},
        "senders": [{"sender_type": "http", "http_sender_protocol": "raw", "http_sender_url": ")" +
                                     receiver_.url() + "\"}]}");
    writer_ = std::make_unique<Writer>(dir_.file("logs"), plan);
    start_agent();
  }

  void run() {
    while (!writer_->is_done()) {
      const bool any = writer_->write(receiver_.lines());
      keep_on();
      if (!any) wait_for_more();
    }
    const std::chrono::seconds patience = std::max(plan_.duration, std::chrono::seconds(120));
    test::wait_until(
        "all lines are there",
        [&] {
          keep_on();
          return receiver_.has_all_below(writer_->lines());
        },
        patience);
  }

  void check() {
    std::printf(
        "%llu lines, %zu rotations, the agent killed %u times, the receiver %u times: %llu lost, "
        "%llu mangled, %llu repeated\n",
        as_number(writer_->lines()), writer_->rotations(), agent_kills_, receiver_kills_,
        as_number(writer_->lines() - receiver_.lines()), as_number(receiver_.mangled()),
        as_number(receiver_.repeated()));
    CHECK(receiver_.lines() == writer_->lines());
    CHECK(receiver_.mangled() == 0);
    CHECK(receiver_.repeated() <= kBatchLines * (agent_kills_ + receiver_kills_));
    CHECK(agent_kills_ >= 3);
    CHECK(receiver_kills_ >= 3);
    CHECK(writer_->rotations() >= plan_.bytes / plan_.file - 1);
  }

 private:
  static unsigned long long as_number(std::uint64_t value) { return value; }

  void start_agent() {
    agent_ = std::make_unique<Program>(
        test::built_program("logkit-agent"),
        Program::Arguments{"run", "--runners", dir_.file("runners"), "--state", dir_.file("state")});
  }

  void keep_on() {
    const std::uint64_t arrived = receiver_.lines() * ProofLines::kSize;
    if (agent_turns_.is_due(arrived)) {
      agent_->signal(SIGKILL);
      agent_->wait();
      ++agent_kills_;
      start_agent();
    }
    if (receiver_turns_.is_due(arrived)) receiver_.kill();
    if (receiver_.is_killed()) {
      ++receiver_kills_;
      receiver_.start_again();
    }
    writer_->remove_arrived(receiver_);
  }

  // Something arrives, or it is time for something else.
  void wait_for_more() {
    const std::uint64_t before = receiver_.lines();
    const Clock::time_point end = Clock::now() + std::chrono::milliseconds(20);
    test::wait_until("something happens", [&] {
      return receiver_.lines() != before || receiver_.is_killed() || Clock::now() >= end;
    });
  }

  Plan plan_;
  test::TempDir dir_;
  ProofReceiver receiver_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Program> agent_;
  Turns agent_turns_;
  Turns receiver_turns_;
  unsigned agent_kills_ = 0;
  unsigned receiver_kills_ = 0;
};

}  // namespace

// LIBAGENT_PROOF_SECONDS=300: 50 MB a second, a file of 64 MB, the agent killed each 10 s, the receiver each
// 7 s.
TEST_CASE("No line is lost or mangled whoever is killed and a kill repeats one batch", "[examples][soak]") {
  ProofRun run(read_plan());
  run.run();
  run.check();
}
