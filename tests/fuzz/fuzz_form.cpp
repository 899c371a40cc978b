// The form of a request, read as the routes read one: the first line is its Content-Type.
#include "http/form.hpp"

#include <fmt/format.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "http/csv.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

// PieceSource: a body in pieces of so many bytes.
class PieceSource final : public server::BodySource {
 public:
  PieceSource(std::string_view body, std::size_t step) : body_(body), step_(step) {}
  agent::Task<std::string> read() override { co_return std::string(fuzz::take(body_, step_)); }

 private:
  std::string_view body_;
  const std::size_t step_;
};

std::string fields_of(const server::Form& form) {
  std::string told;
  for (const char* name : {"dir", "args", "env", "ids", "timeout"}) {
    told += fmt::format("{} = {}\n", name, fmt::join(form.values(name), ";"));
    told += fmt::format("{}\n", fmt::join(form.list(name), ";"));
  }
  told += fmt::format("{}\n", fmt::join(server::read_arguments(form.values("args")), ";"));
  told += fmt::format("{}\n", fmt::join(server::read_environment(form.values("env")), ";"));
  return told + fmt::format("{}\n", form.integer("timeout", 60));
}

agent::Task<> read(server::Request* request, std::string* told) {
  try {
    server::Form form(request);
    std::string name = "file";
    const bool found = co_await form.find_file(std::move(name));
    *told += found ? form.filename() : form.missing_file().what();
    for (bool more = found; more;) {
      const std::string piece = co_await form.read();
      *told += piece;
      more = !piece.empty();
    }
    if (found) co_await form.finish();
    *told += fields_of(form);
  } catch (const server::RequestError& error) {
    *told += fmt::format("error {}", error.status);
  }
}

std::string transcript(std::string_view type, std::string_view body, std::size_t step) {
  PieceSource source(body, step);
  server::Request request;
  request.head.headers.emplace_back("Content-Type", type);
  request.source = &source;
  request.body_limit = std::size_t{1} << 20;
  std::string told;
  asio::io_context io;
  asio::co_spawn(io, read(&request, &told), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
  return told;
}

}  // namespace

void fuzz::form(std::string_view input) {
  const std::string_view type = take_line(input);
  same_for_all_steps([type](std::string_view body, std::size_t step) { return transcript(type, body, step); },
                     input);
}
