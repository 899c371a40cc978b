#include "store/store_place.hpp"

#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace server::store;

TEST_CASE("File systems of other machines and of user space will not do", "[server][store]") {
  CHECK(unfit_file_system(0x6969) == "NFS");
  CHECK(unfit_file_system(0xfe534d42) == "SMB");
  CHECK(unfit_file_system(static_cast<long>(static_cast<int>(0xff534d42))) == "SMB");
  CHECK(unfit_file_system(0x01021997) == "9p");
  CHECK(unfit_file_system(0x65735546) == "FUSE");
  CHECK_FALSE(unfit_file_system(0xef53));      // ext4
  CHECK_FALSE(unfit_file_system(0x58465342));  // XFS
  CHECK_FALSE(unfit_file_system(0x01021994));  // tmpfs
}

TEST_CASE("A store on NFS is refused with the remedy", "[server][store]") {
  test::TempDir directory;
  const auto nfs = [](const std::string&) -> long { return 0x6969; };
  CHECK_THROWS_WITH(StorePlace(directory.file("store.db"), nfs),
                    Catch::Contains("NFS") && Catch::Contains("data_dir"));
}

TEST_CASE("A place belongs to one at a time", "[server][store]") {
  test::TempDir directory;
  const std::string path = directory.file("store.db");
  {
    const StorePlace first(path);
    CHECK_THROWS_WITH(StorePlace(path), Catch::Contains("one at a time"));
    const StorePlace other(directory.file("other.db"));
  }
  CHECK_NOTHROW(StorePlace(path));
}

TEST_CASE("A directory that there is not is named", "[server][store]") {
  CHECK_THROWS_WITH(StorePlace("/nonexistent/store.db"), Catch::Contains("/nonexistent"));
}
