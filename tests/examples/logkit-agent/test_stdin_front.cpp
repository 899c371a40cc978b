#include "examples/logkit-agent/read/stdin_front.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "stream_scene.hpp"

using namespace logkit;

namespace {

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    close();
    ::close(ends[0]);
  }
  void write(const std::string& text) const {
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void close() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2] = {-1, -1};
};

struct Scene {
  explicit Scene(const std::string& more = "") : options(R"("mode": "stdin")" + more) {}
  std::unique_ptr<test::StreamScene> start() {
    return std::make_unique<test::StreamScene>(options, [this](const StreamSource& source, LineSpool& spool) {
      return std::make_unique<StdinFront>(source, spool, input, pipe.ends[0]);
    });
  }
  std::string options;
  Pipe pipe;
  std::shared_ptr<StandardInput> input = std::make_shared<StandardInput>();
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("The standard input is read to its end with a last line that has none", "[examples]") {
  Scene scene;
  const auto stream = scene.start();
  scene.pipe.write("one\r\ntwo\n\nth");
  stream->wait_for(2);
  CHECK_FALSE(stream->has_ended);
  scene.pipe.write("ree");
  scene.pipe.close();
  stream->wait_for(4);
  test::wait_until("the front has ended", [&] { return stream->has_ended.load(); });
  CHECK(stream->lines == Texts{"one", "two", "", "three"});
  CHECK(stream->sources.front() == "stdin");
}

TEST_CASE("A standard input that is empty from the beginning ends at once", "[examples]") {
  Scene scene;
  scene.pipe.close();
  const auto stream = scene.start();
  test::wait_until("the front has ended", [&] { return stream->has_ended.load(); });
  CHECK(stream->front->status().problem.empty());
}

TEST_CASE("A line of the standard input without its end counts after a while", "[examples]") {
  Scene scene(R"(, "line_timeout": "20ms")");
  const auto stream = scene.start();
  scene.pipe.write("prompt> ");
  stream->wait_for(1);
  CHECK(stream->lines == Texts{"prompt> "});
}

TEST_CASE("Records of several lines are made before they are kept", "[examples]") {
  Scene scene(R"(, "head_pattern": "^\\S", "line_timeout": "20ms")");
  const auto stream = scene.start();
  scene.pipe.write("one\n  at 1\ntwo\n  at 2\n");
  stream->wait_for(2);
  CHECK(stream->lines == Texts{"one\n  at 1", "two\n  at 2"});
}

TEST_CASE("The beginning of a line goes to the reader that comes next", "[examples]") {
  Scene scene;
  {
    const auto stream = scene.start();
    scene.pipe.write("one\ntw");
    stream->wait_for(1);
  }
  const auto stream = scene.start();
  scene.pipe.write("o\n");
  stream->wait_for(1);
  CHECK(stream->lines == Texts{"two"});
}

TEST_CASE("The beginning of a line that no reader takes is known", "[examples]") {
  Scene scene;
  for (const auto& [text, left] : {std::pair{"one\ntw", 2U}, {"o\nthree", 5U}}) {
    const auto stream = scene.start();
    scene.pipe.write(text);
    stream->wait_for(1);
    stream->stop();
    StandardInput::Rest rest;
    REQUIRE(scene.input->take(rest));
    CHECK(rest.bytes.size() == left);
    scene.input->give_back(rest);
  }
  scene.pipe.close();
  const auto stream = scene.start();
  stream->wait_for(1);
  CHECK(stream->lines == Texts{"three"});
}

TEST_CASE("A line that was cut off is not joined by the reader that comes next", "[examples]") {
  // The first reader throws bytes away, which the second one has room for.
  Scene scene(R"(, "spool_size": 1048576)");
  const std::string piece(1 << 16, 'x');
  constexpr int kPieces = 8;
  {
    const auto stream = scene.start();
    scene.pipe.write("one\n");
    for (int i = 0; i < kPieces; ++i) scene.pipe.write(piece);
    stream->wait_for(1);
    stream->stop();
    stream->take();
    CHECK(stream->lines.size() == 2);
    CHECK(stream->lines.back() == std::string(256 * 1024, 'x'));
    CHECK(stream->cut > 0);
  }
  scene.options = R"("mode": "stdin", "spool_size": 16777216)";
  const auto stream = scene.start();
  scene.pipe.write("yyy\ntwo\n");
  stream->wait_for(1);
  CHECK(stream->lines == Texts{"two"});
  CHECK(stream->spool.lost_bytes() >= 3);
}

TEST_CASE("What the standard input has when the program ends is kept", "[examples]") {
  Scene scene;
  const auto stream = scene.start();
  scene.pipe.write("one\n");
  stream->wait_for(1);
  scene.pipe.write("two\nthr");
  scene.input->end();
  stream->stop();
  stream->take();
  CHECK(stream->lines == Texts{"one", "two", "thr"});
}

TEST_CASE("Only one reader has the standard input and the other one says so", "[examples]") {
  Scene scene;
  const auto first = scene.start();
  scene.pipe.write("one\n");
  first->wait_for(1);
  const auto second = scene.start();
  second->wait_for_problem("another runner reads the standard input");
  first->stop();
  scene.pipe.write("two\n");
  second->wait_for(1);
  CHECK(second->lines == Texts{"two"});
  CHECK(second->front->status().problem.empty());
}

TEST_CASE("A writer waits while there is no room and loses nothing", "[examples]") {
  Scene scene(R"(, "spool_size": 1048576)");
  const auto stream = scene.start();
  constexpr int kLines = 5000;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    const std::string rest(990, 'x');
    for (int i = 0; i < kLines; ++i, ++written) scene.pipe.write(std::to_string(100'000 + i) + rest + "\n");
  });
  test::wait_until("the spool is full", [&] { return stream->spool.bytes() >= 1 << 20; });
  CHECK(written < kLines);
  stream->wait_for(kLines);
  writer.join();
  CHECK(stream->lines.size() == kLines);
  for (int i = 0; i < kLines; ++i)
    REQUIRE(stream->lines[static_cast<std::size_t>(i)].starts_with(std::to_string(100'000 + i)));
  CHECK(stream->spool.lost_lines() == 0);
}
