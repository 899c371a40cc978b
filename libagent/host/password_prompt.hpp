// PasswordPrompt: finds the question for a password in the output of a terminal, says when to answer, and
// takes the question and the line break behind the answer out of the output. Pure.
//
// Never is there an answer while the terminal shows what is typed, nor to anybody else than who was to ask:
// sudo asks with a text that nobody else knows; su asks before it has started the command.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace agent::host {

class PasswordPrompt {
 public:
  enum class Answer {
    none,
    password,     // type it, and a line break
    end_of_file,  // it was wrong, or there is none: let the question fail
  };

  // `text`: what the question is, exactly. "" = a line that is not finished and that the asker wrote.
  PasswordPrompt(std::string text, bool has_password) : text_(std::move(text)), has_password_(has_password) {}

  // More output.
  void feed(std::string_view output);
  // What is to be done now. Call it after a feed() and again soon, while may_ask(): the question may be seen
  // before the terminal stops showing what is typed.
  Answer look(bool input_is_hidden, bool asker_is_in_front);
  bool may_ask() const { return asked_ || (text_.empty() && !done_ && !held_.empty()); }
  // Whether no question can come any more, so that output needs not to come through here.
  bool done() const { return done_ && held_.empty() && !drop_line_break_; }

  // The output that is known not to be a question. At its end: everything.
  std::string take() { return std::exchange(shown_, {}); }
  std::string finish();

 private:
  void find_text();
  void find_unfinished_line();
  void drop_line_break();
  void note_asker(bool is_in_front);

  std::string text_;
  bool has_password_;
  std::string held_;   // may be a question
  std::string shown_;  // is not
  int looks_without_asker_ = 0;
  int quiet_looks_ = 0;  // since the last output
  bool answered_ = false;
  bool asked_ = false;
  bool drop_line_break_ = false;  // the asker's, behind an answer
  bool done_ = false;
};

}  // namespace agent::host
