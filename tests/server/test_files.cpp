#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "agent/error.hpp"
#include "files/backlog.hpp"
#include "files/offers.hpp"
#include "net/spawn.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/temp_dir.hpp"

using agent::Errc;
using agent::Error;
using agent::Task;
using agent::net::Loop;
using server::Backlog;
using server::Offers;
using server::StoredFile;
using test::TempDir;

namespace {

struct Files {
  Files() : backlog(pool, dir.path()) {}
  TempDir dir;
  agent::net::Offload pool{2};
  Backlog backlog;
};

// Runs `work` with files that end before their loop does; how many bytes were on disk.
std::uint64_t with_files(std::function<Task<>(Files*)> work) {
  struct Owner {
    static Task<> run(std::function<Task<>(Files*)> work, std::uint64_t* spilled) {
      Files files;
      Task<> step = work(&files);
      co_await std::move(step);
      *spilled = files.backlog.spilled();
    }
  };
  std::uint64_t spilled = 0;
  test::on_loop([&](Loop&) { return Owner::run(work, &spilled); });
  return spilled;
}

Task<> settle(Loop& loop) {
  for (int i = 0; i < 20; ++i) co_await asio::post(loop.io(), asio::use_awaitable);
}

std::string numbered(std::size_t from, std::size_t count) {
  std::string text;
  while (text.size() < count) text += std::to_string(from++) + " ";
  return text.substr(0, count);
}

Task<> fill_and_take(Files* files, std::size_t total) {
  std::string written;
  for (std::size_t i = 0; written.size() < total; ++i) {
    std::string piece = numbered(i * 7, 100'000);
    written += piece;
    co_await files->backlog.write(std::move(piece));
  }
  files->backlog.end();
  std::string taken;
  for (;;) {
    std::string piece = co_await files->backlog.read();
    if (piece.empty()) break;
    taken += piece;
  }
  CHECK(taken == written);
}

Task<> take_all(Files* files, std::string* taken) {
  for (;;) {
    std::string piece = co_await files->backlog.read();
    if (piece.empty()) break;
    *taken += piece;
  }
}

// Reader and writer at random paces: now the one is ahead, now the other.
Task<> alternate(Files* files) {
  std::minstd_rand random(3);
  std::string written, taken;
  for (int round = 0; round < 40; ++round) {
    for (std::size_t i = random() % 12; i > 0; --i) {
      std::string piece = numbered(random() % 1000, 1 + random() % 600'000);
      written += piece;
      co_await files->backlog.write(std::move(piece));
    }
    for (std::size_t i = random() % 12; i > 0 && taken.size() < written.size(); --i) {
      std::string piece = co_await files->backlog.read();
      taken += piece;
    }
  }
  files->backlog.end();
  co_await take_all(files, &taken);
  CHECK(taken == written);
  CHECK(files->backlog.spilled() > 0);
}

Task<> take_error(Files* files) {
  std::string piece = "before";
  co_await files->backlog.write(std::move(piece));
  files->backlog.end(std::make_exception_ptr(Error(Errc::refused, "broken off")));
  std::string taken = co_await files->backlog.read();
  CHECK(taken == "before");
  try {
    std::string none = co_await files->backlog.read();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::refused);
  }
}

// What one who reads an empty backlog is told when he is cancelled, and when the end comes.
Task<> wait_for_nothing(Loop* loop, Files* files) {
  asio::cancellation_signal stop;
  std::string told = "waits";
  struct Reader {
    static Task<> read(Files* files, std::string* told) {
      try {
        const std::string bytes = co_await files->backlog.read();
        *told = "read '" + bytes + "'";
      } catch (const Error& error) {
        *told = to_string(error.code());
      }
    }
  };
  agent::net::spawn(*loop, Reader::read(files, &told), stop.slot(), [](std::exception_ptr) {});
  co_await settle(*loop);
  CHECK(told == "waits");
  stop.emit(asio::cancellation_type::terminal);
  co_await settle(*loop);
  CHECK(told == "cancelled");
  told = "waits";
  agent::net::spawn(*loop, Reader::read(files, &told), "reader");
  co_await settle(*loop);
  CHECK(told == "waits");
  files->backlog.end();
  co_await settle(*loop);
  CHECK(told == "read ''");
}

// There and back in steps of StoredSource; what was written and read.
Task<> store_and_read(const TempDir* dir, std::string content, std::uint64_t begin, std::uint64_t end,
                      std::string* read) {
  agent::net::Offload pool(1);
  auto sink = std::make_shared<server::StoredSink>(pool, dir->path());
  CHECK(sink->file() == nullptr);
  co_await sink->open();
  CHECK(sink->file() != nullptr);
  CHECK(sink->size() == 0);
  std::string half = content.substr(0, content.size() / 2);
  std::string rest = content.substr(half.size());
  co_await sink->write(std::move(half));
  co_await sink->write(std::move(rest));
  CHECK(sink->size() == content.size());
  CHECK(sink->md5() == agent::Md5::of(content));
  server::StoredSource source(pool, sink->file(), begin, end);
  for (;;) {
    const std::string piece = co_await source.read();
    if (piece.empty()) break;
    CHECK(piece.size() <= server::kStoredBatch);
    *read += piece;
  }
}

std::string stored_part(const std::string& content, std::uint64_t begin, std::uint64_t end) {
  TempDir dir;
  std::string read;
  test::on_loop([&](Loop&) { return store_and_read(&dir, content, begin, end, &read); });
  return read;
}

std::shared_ptr<StoredFile> stored(const TempDir& dir, std::string_view content) {
  auto file = std::make_shared<StoredFile>(dir.path());
  file->write(0, content);
  return file;
}

Errc failure_of(const Offers& offers, std::string_view id, std::string_view token,
                agent::net::Clock::time_point now) {
  try {
    offers.find(id, token, now);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("it was found");
  return {};
}

}  // namespace

TEST_CASE("A little backlog stays in memory", "[server]") {
  CHECK(with_files([](Files* files) { return fill_and_take(files, 1'000'000); }) == 0);
}

TEST_CASE("A long backlog goes to the disk and comes back in order", "[server]") {
  CHECK(with_files([](Files* files) { return fill_and_take(files, 20'000'000); }) >= 17'000'000);
}

TEST_CASE("A backlog that grows and shrinks keeps its order", "[server]") {
  with_files([](Files* files) { return alternate(files); });
}

TEST_CASE("An error is told once everything before it has been taken", "[server]") {
  with_files([](Files* files) { return take_error(files); });
}

TEST_CASE("A reader waits for a backlog until bytes come, the end, or a cancel", "[server]") {
  struct Owner {
    static Task<> run(Loop* loop) {
      Files files;
      co_await wait_for_nothing(loop, &files);
    }
  };
  test::on_loop([](Loop& loop) { return Owner::run(&loop); });
}

TEST_CASE("A stored content comes back whole, or a part of it", "[server]") {
  const std::string content = numbered(0, 600'001);
  CHECK(stored_part(content, 0, content.size()) == content);
  CHECK(stored_part(content, 1, 600'000) == content.substr(1, 599'999));
  CHECK(stored_part(content, 7, 7).empty());
  CHECK(stored_part("", 0, 0).empty());
}

TEST_CASE("A stored file that is shorter than what is asked for is an error", "[server]") {
  CHECK_THROWS_WITH(stored_part("abc", 0, 4), "read from the cache: unexpected end");
}

TEST_CASE("A backlog that cannot be written is an error", "[server]") {
  struct Broken {
    agent::net::Offload pool{1};
    Backlog backlog{pool, "/no/such/directory"};
    static Task<> fill() {
      Broken self;
      for (int i = 0; i < 30; ++i) {
        std::string piece(100'000, 'x');
        co_await self.backlog.write(std::move(piece));
      }
    }
  };
  CHECK_THROWS_AS(test::on_loop([](Loop&) { return Broken::fill(); }), Error);
}

TEST_CASE("An offer is found by its token, again and again, until it expires or is removed", "[server]") {
  TempDir dir;
  Offers offers;
  const auto now = agent::net::Clock::now();
  const auto offer = offers.add("t-1", stored(dir, "content"), 7, "\"x\"", now + std::chrono::seconds(60));
  CHECK(offer->token.size() == 32);
  CHECK(offers.find("t-1", offer->token, now)->file->read(0, 7) == "content");
  CHECK(offers.find("t-1", offer->token, now) == offer);
  CHECK(failure_of(offers, "t-1", "", now) == Errc::denied);
  CHECK(failure_of(offers, "t-1", std::string(32, '0'), now) == Errc::denied);
  CHECK(failure_of(offers, "t-2", offer->token, now) == Errc::not_found);
  CHECK(failure_of(offers, "t-1", offer->token, now + std::chrono::seconds(61)) == Errc::not_found);
  offers.remove("t-1");
  CHECK(failure_of(offers, "t-1", offer->token, now) == Errc::not_found);
}

TEST_CASE("No two offers have the same token", "[server]") {
  TempDir dir;
  Offers offers;
  const auto file = stored(dir, "x");
  const auto until = agent::net::Clock::now() + std::chrono::seconds(60);
  CHECK(offers.add("a", file, 1, "", until)->token != offers.add("b", file, 1, "", until)->token);
}
