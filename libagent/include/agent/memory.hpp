// Memory that a program holds without using it; for agents that work rarely and much at once.
#pragma once

namespace agent {

// All threads share one heap, where there would be one for each, and a block of 4 MiB or more is none of
// it: it goes back when it is freed. The heap keeps up to 8 MiB that are free at its end, until
// release_memory(). For programs whose threads seldom allocate at the same time. At the start of main(),
// before there are threads.
void share_heap();

// Gives back what the heap has free, and the pages of code and constants: those that are used again come
// back from the system's cache. Takes some 0.1 ms, and as much of what is done next, and holds up other
// threads that allocate. Any thread.
void release_memory();

}  // namespace agent
