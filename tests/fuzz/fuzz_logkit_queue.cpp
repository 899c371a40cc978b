// Files of the spool that lies between a stream and its runner, and of a sender's queue.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/spool_format.hpp"
#include "examples/logkit-agent/parse/json_members.hpp"
#include "examples/logkit-agent/read/line_spool.hpp"
#include "examples/logkit-agent/send/queue_sender.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace logkit;
namespace fs = std::filesystem;

// Lines of the damaged file come in order, and one that is added comes behind them.
void read_lines(const std::string& directory) {
  LineSpool spool({directory, {}}, [] {});
  std::uint64_t last = 0;
  const auto read = [&] {
    std::string text;
    while (!spool.is_read()) {
      for (const SpooledLine& line : spool.read(4096)) {
        fuzz::require(line.number > last, "a number out of order");
        last = line.number;
        text = line.text;
      }
    }
    return text;
  };
  read();
  spool.add("a source", {"the next one", 3});
  fuzz::require(spool.flush(), "a line that is not kept");
  fuzz::require(read() == "the next one", "what was added is not read");
  spool.release(last);
  fuzz::require(spool.bytes() == 0, "something is left");
}

struct Taken {
  std::mutex mutex;
  std::string last;
};

// Takes records, each of which is a JSON object.
class Sender final : public RecordSender {
 public:
  explicit Sender(Taken& taken) : taken_(taken) {}
  SendResult send(const Selection& selection) override {
    for (const std::uint32_t index : selection.records) {
      std::string json;
      append_json(json, selection.batch.record(index));
      constexpr int kDeep = 1000;
      if (skip_json(json.data(), json.data() + json.size(), kDeep) != json.data() + json.size())
        json = "no JSON: " + json;
      const std::lock_guard lock(taken_.mutex);
      if (!taken_.last.starts_with("no JSON")) taken_.last = json;
    }
    return {};
  }

 private:
  Taken& taken_;
};

void read_queue(const std::string& directory) {
  Taken taken;
  QueueOptions options;
  options.directory = directory;
  QueueSender queue("fuzz", std::make_unique<Sender>(taken), options, {});
  Batch batch;
  batch.number = 1;
  batch.fields.push_back({"a", {"the next one", false}});
  batch.items.push_back({0, 1, Batch::kAllSenders});
  const std::array<std::uint32_t, 1> records{0};
  fuzz::require(queue.send({batch, records}).kind == SendResult::Kind::taken, "a record that is not kept");
  fuzz::require(queue.wait_until_empty(), "a queue that ends");
  const std::lock_guard lock(taken.mutex);
  fuzz::require(taken.last == R"({"a":"the next one"})", "the last record is " + taken.last);
}

}  // namespace

// The first byte: 1 it is a spool of lines, otherwise a queue; 2 the input is one record, otherwise what is
// behind the head of a file.
void fuzz::logkit_queue(std::string_view input) {
  const unsigned how = take_byte(input);
  const fs::path directory = fs::temp_directory_path() / ("fuzz-queue-" + std::to_string(::getpid()));
  fs::create_directories(directory);
  std::string bytes = agent::spool::encode_head({0x1234, 1, 0});
  if ((how & 2) != 0)
    agent::spool::append_record(bytes, 1, input);
  else
    bytes += input;
  std::ofstream(directory / "0000000000000001.records", std::ios::binary | std::ios::trunc) << bytes;
  if ((how & 1) != 0)
    read_lines(directory.string());
  else
    read_queue(directory.string());
  fs::remove_all(directory);
}
