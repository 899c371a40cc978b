// sanitized: whether the programs under test are built with a sanitizer. Their memory is then not their own.
#pragma once

namespace test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// TSan ends a child of a process with threads that starts one of its own.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kMayForkWithThreads = false;
#else
inline constexpr bool kMayForkWithThreads = true;
#endif

}  // namespace test
