# libarchive 3.6, BSD. Zip archives of log files. May appear in libagent/host/archive.cpp only.
find_package(LibArchive REQUIRED)
