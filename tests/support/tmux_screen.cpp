#include "tests/support/tmux_screen.hpp"

#include <fmt/format.h>

#include <regex>
#include <stdexcept>

namespace test {
namespace {

constexpr const char* kTmux = "/usr/bin/tmux";

constexpr const char* kSettings =
    "set -g status off\n"
    "set -g escape-time 0\n"
    "set -g default-shell /bin/sh\n"
    "set -g default-terminal screen\n";

// What differs from a fresh terminal, in words; at the end, the lines that scroll and the screen's height.
constexpr const char* kModes =
    "#{?alternate_on,alternate-screen ,}#{?cursor_flag,,no-cursor }#{?insert_flag,insert ,}"
    "#{?keypad_flag,keypad ,}#{?keypad_cursor_flag,cursor-keys ,}#{?mouse_any_flag,mouse ,}"
    "#{?origin_flag,origin ,}#{?wrap_flag,,no-wrap }"
    "#{?#{==:#{scroll_region_upper}-#{e|+:#{scroll_region_lower},1},0-#{pane_height}},,region }";

std::string trimmed(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n");
  return end == std::string::npos ? std::string() : text.substr(0, end + 1);
}

}  // namespace

TmuxScreen::TmuxScreen(const std::string& setup, unsigned columns, unsigned rows)
    : server_(kTmux, {"-u", "-S", dir_.file("socket"), "-f", dir_.write("settings", kSettings), "-D"},
              {{"LC_ALL", "C.UTF-8"}, {"TERM", "screen"}, {"TMUX", ""}, {"NO_COLOR", ""}}) {
  const std::string file = dir_.write("setup", "HISTFILE=\nPS1='$ '\n" + setup + "\n");
  wait_until("a terminal of tmux", [&] {
    const auto [code, said] = run_program(
        kTmux, {"-N", "-S", dir_.file("socket"), "new-session", "-d", "-x", std::to_string(columns), "-y",
                std::to_string(rows), "exec bash --rcfile " + file + " -i"});
    if (!server_.is_running()) throw std::runtime_error("tmux: " + server_.output());
    return code == 0;
  });
  wait_for("$");
}

std::string TmuxScreen::tmux(Program::Arguments words) const {
  Program::Arguments all{"-u", "-N", "-S", dir_.file("socket")};
  all.insert(all.end(), words.begin(), words.end());
  const auto [code, said] = run_program(kTmux, all);
  if (code != 0) throw std::runtime_error("tmux " + words.front() + ": " + said);
  return said;
}

void TmuxScreen::type(const std::string& keys) const {
  Program::Arguments words{"send-keys", "-H"};
  for (const char key : keys) words.push_back(fmt::format("{:02x}", static_cast<unsigned char>(key)));
  tmux(std::move(words));
}

void TmuxScreen::resize(unsigned columns, unsigned rows) const {
  tmux({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(rows)});
}

std::string TmuxScreen::text() const { return trimmed(tmux({"capture-pane", "-p"})); }
std::string TmuxScreen::colored_text() const { return trimmed(tmux({"capture-pane", "-p", "-e"})); }
std::string TmuxScreen::modes() const { return trimmed(tmux({"display-message", "-p", kModes})); }

void TmuxScreen::wait_until_text(const std::string& what,
                                 const std::function<bool(const std::string&)>& condition,
                                 std::chrono::milliseconds limit) const {
  std::string shown;
  try {
    wait_until(
        what, [&] { return condition(shown = steady(text())); }, limit);
  } catch (const TimedOut& error) {
    throw TimedOut(fmt::format("{}\n---- the screen shows\n{}\n----", error.what(), shown));
  }
}

void TmuxScreen::wait_for(const std::string& golden, std::chrono::milliseconds limit) const {
  const std::string wanted = trimmed(golden.substr(golden.starts_with('\n') ? 1 : 0));
  wait_until_text(
      "the screen\n" + wanted, [&](const std::string& shown) { return shown == wanted; }, limit);
}

void TmuxScreen::wait_for_part(const std::string& part, std::chrono::milliseconds limit) const {
  wait_until_text(
      part, [&](const std::string& shown) { return shown.find(part) != std::string::npos; }, limit);
}

void TmuxScreen::wait_for_prompt(std::chrono::milliseconds limit) const {
  wait_until_text(
      "a prompt", [](const std::string& shown) { return shown.ends_with("\n$"); }, limit);
}

std::string steady(std::string text) {
  static const std::regex task("[0-9]{8}-[0-9]{5}-[0-9a-f]{16}");
  static const std::regex time("\\b[0-9]+\\.[0-9]s");
  static const std::regex version("agent  [0-9]+\\.[0-9]+\\.[0-9]+");
  static const std::regex port("127\\.0\\.0\\.1:[0-9]+");
  text = std::regex_replace(text, task, "20260101-00001-0123456789abcdef");
  text = std::regex_replace(text, time, "0.0s");
  text = std::regex_replace(text, version, "agent  1.2.3");
  return std::regex_replace(text, port, "127.0.0.1:1");
}

}  // namespace test
