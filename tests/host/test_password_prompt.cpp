#include "host/password_prompt.hpp"

#include <catch2/catch.hpp>

using agent::host::PasswordPrompt;
using Answer = PasswordPrompt::Answer;

namespace {

constexpr bool kHidden = true;
constexpr bool kShown = false;
constexpr bool kInFront = true;

}  // namespace

TEST_CASE("The question of sudo is answered once the terminal hides what is typed", "[host]") {
  PasswordPrompt prompt("~x~", true);
  prompt.feed("~x~");
  CHECK(prompt.may_ask());
  CHECK(prompt.look(kShown, kInFront) == Answer::none);
  CHECK(prompt.look(kShown, kInFront) == Answer::none);
  CHECK(prompt.look(kHidden, kInFront) == Answer::password);
  CHECK(prompt.look(kHidden, kInFront) == Answer::none);
  CHECK(prompt.take().empty());
}

TEST_CASE("The question and the line break behind the answer are taken out of the output", "[host]") {
  const auto line_break = GENERATE(as<std::string>(), "\r\n", "\n");
  PasswordPrompt prompt("~x~", true);
  prompt.feed("lecture\r\n~x~");
  CHECK(prompt.look(kHidden, kInFront) == Answer::password);
  for (const char c : line_break) prompt.feed(std::string(1, c));
  prompt.feed("\r\nhello");
  CHECK(prompt.take() == "lecture\r\n\r\nhello");
}

TEST_CASE("Output behind the answer that begins with no line break is kept whole", "[host]") {
  PasswordPrompt prompt("~x~", true);
  prompt.feed("~x~");
  CHECK(prompt.look(kHidden, kInFront) == Answer::password);
  prompt.feed("\r");
  CHECK(prompt.take().empty());
  prompt.feed("hello\n");
  CHECK(prompt.take() == "\rhello\n");
}

TEST_CASE("A question that arrives in pieces is found, and what only looks like its beginning is shown",
          "[host]") {
  PasswordPrompt prompt("~ab~", true);
  prompt.feed("one ~a");
  CHECK(prompt.take() == "one ");
  prompt.feed("c ~");
  CHECK(prompt.take() == "~ac ");
  prompt.feed("ab~");
  CHECK(prompt.look(kHidden, kInFront) == Answer::password);
  CHECK(prompt.take().empty());
}

TEST_CASE("A question of somebody else is never answered with the password of sudo", "[host]") {
  PasswordPrompt prompt("~x~", true);
  prompt.feed("Password: ");
  CHECK_FALSE(prompt.may_ask());
  CHECK(prompt.look(kHidden, kInFront) == Answer::none);
  CHECK(prompt.take() == "Password: ");
}

TEST_CASE("A second question is answered with the end of the input", "[host]") {
  PasswordPrompt prompt("~x~", true);
  prompt.feed("~x~");
  CHECK(prompt.look(kHidden, kInFront) == Answer::password);
  prompt.feed("\r\nSorry, try again.\r\n~x~");
  CHECK(prompt.look(kHidden, kInFront) == Answer::end_of_file);
  prompt.feed("\r\nno password\r\n");
  CHECK(prompt.finish() == "Sorry, try again.\r\nno password\r\n");
}

TEST_CASE("A question is answered with the end of the input when there is no password", "[host]") {
  PasswordPrompt prompt("", false);
  prompt.feed("Password: ");
  CHECK(prompt.look(kHidden, kInFront) == Answer::end_of_file);
}

TEST_CASE("The question of su is whatever line su has not finished when it hides what is typed", "[host]") {
  PasswordPrompt prompt("", true);
  prompt.feed("note\r\n\xE5\xAF\x86\xE7\xA0\x81\xEF\xBC\x9A");
  CHECK(prompt.take() == "note\r\n");
  CHECK(prompt.may_ask());
  CHECK(prompt.look(kShown, kInFront) == Answer::none);
  CHECK(prompt.look(kHidden, kInFront) == Answer::password);
  prompt.feed("\r\nsu: Authentication failure\r\n");
  CHECK(prompt.take() == "su: Authentication failure\r\n");
}

TEST_CASE("A command of su that ends with an unfinished line has not asked", "[host]") {
  PasswordPrompt prompt("", true);
  prompt.feed("Password: ");
  CHECK(prompt.look(kHidden, kInFront) == Answer::password);
  prompt.feed("\r\nPassword: ");
  CHECK(prompt.look(kHidden, kInFront) == Answer::none);  // its last words have not been read yet
  prompt.feed("0\r\n");
  CHECK(prompt.look(kHidden, kInFront) == Answer::none);
  CHECK(prompt.take() == "Password: 0\r\n");
}

TEST_CASE("A second question of su is answered with the end of the input once nothing follows it", "[host]") {
  PasswordPrompt prompt("", true);
  prompt.feed("Password: ");
  CHECK(prompt.look(kHidden, kInFront) == Answer::password);
  prompt.feed("\r\nNew password: ");
  CHECK(prompt.look(kHidden, kInFront) == Answer::none);
  CHECK(prompt.look(kHidden, kInFront) == Answer::end_of_file);
}

TEST_CASE("Once su has started the command, its questions are not answered and soon nothing is held back",
          "[host]") {
  const bool was_asked = GENERATE(true, false);  // su may want no password
  PasswordPrompt prompt("", true);
  prompt.feed("Password: ");
  if (was_asked) {
    CHECK(prompt.look(kHidden, kInFront) == Answer::password);
    prompt.feed("\r\nSecret: ");
  }
  int looks = 0;
  for (; prompt.may_ask() && looks < 1000; ++looks) CHECK(prompt.look(kHidden, !kInFront) == Answer::none);
  CHECK(looks <= (was_asked ? 10 : 500));
  CHECK(prompt.take() == (was_asked ? "Secret: " : "Password: "));
  CHECK(prompt.done());
  prompt.feed("x");
  CHECK(prompt.look(kHidden, kInFront) == Answer::none);
  CHECK(prompt.take() == "x");
}

TEST_CASE("A helper that su has for a moment is not the command, however long a busy machine makes it",
          "[host]") {
  PasswordPrompt prompt("", true);
  prompt.feed("Password: ");
  for (int look = 0; look < 200; ++look) CHECK(prompt.look(kHidden, !kInFront) == Answer::none);
  CHECK(prompt.look(kHidden, kInFront) == Answer::password);
  CHECK(prompt.take().empty());
}

TEST_CASE("What was held back as a possible question comes out at the end", "[host]") {
  PasswordPrompt su("", true);
  su.feed("no line break");
  CHECK(su.finish() == "no line break");
  PasswordPrompt sudo("~ab~", true);
  sudo.feed("tail ~a");
  CHECK(sudo.finish() == "tail ~a");
}
