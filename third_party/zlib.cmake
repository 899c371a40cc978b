# zlib 1.2, zlib licence. permessage-deflate and gzip.
# Headers: zlib.h
# May appear in: libagent/net/deflate.cpp libagent/base/data_codec.cpp
find_package(ZLIB REQUIRED)
