# zlib 1.2, zlib licence. permessage-deflate and gzip. May appear in libagent/net/deflate.cpp and
# libagent/base/data_codec.cpp.
find_package(ZLIB REQUIRED)
