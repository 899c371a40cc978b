// Charset: turns text of one character set into UTF-8, for agents that read what other programs wrote.
//
//   agent::Charset gbk("GBK");
//   std::string bytes = piece;
//   const std::string text = gbk.convert(bytes);  // what is left in `bytes` waits for the next piece
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace agent {

class Charset {
 public:
  // A name that the system knows, such as "GBK" or "UTF-16LE". Throws Errc::bad_config naming it.
  explicit Charset(const std::string& name);
  ~Charset();
  Charset(const Charset&) = delete;
  Charset& operator=(const Charset&) = delete;

  // The text of `bytes` up to a character that is not complete yet, which stays in `bytes`. Every byte that
  // begins no character becomes U+FFFD.
  std::string convert(std::string& bytes);

 private:
  std::intptr_t converter_;
};

}  // namespace agent
