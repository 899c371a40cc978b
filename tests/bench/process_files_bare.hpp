// What the kernel takes for the files of processes, without anybody who looks at what is in them.
#pragma once

namespace bench {

// Opens, reads and closes stat, status and cmdline of every process.
void read_process_files();
// Lists the descriptors of every process, and reads each link.
void read_descriptor_links();

}  // namespace bench
