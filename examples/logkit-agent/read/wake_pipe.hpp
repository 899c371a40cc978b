// WakePipe: ends the wait of a thread that polls descriptors. wake() from any thread.
#pragma once

namespace logkit {

class WakePipe {
 public:
  // Throws Errc::io when there are no descriptors.
  WakePipe();
  ~WakePipe();
  WakePipe(const WakePipe&) = delete;
  WakePipe& operator=(const WakePipe&) = delete;

  // Can be read from after wake(), until clear().
  int descriptor() const { return ends_[0]; }
  void wake();
  void clear();

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace logkit
