# libarchive 3.6, BSD. Zip archives of log files.
# Headers: archive.h archive_entry.h
# May appear in: libagent/host/archive.cpp
find_package(LibArchive REQUIRED)
