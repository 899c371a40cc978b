#include "examples/metrics-agent/host/mount_table.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>

#include "examples/metrics-agent/host/file_systems.hpp"
#include "tests/examples/metrics-agent/captured_tree.hpp"

using namespace host;
using metrics_test::CapturedTree;

namespace {

using Words = std::vector<std::string>;

Words points_of(const std::vector<Mount>& mounts) {
  Words points;
  for (const Mount& mount : mounts) points.push_back(mount.point);
  return points;
}

Words names_of(const std::vector<FileSystem>& systems) {
  Words names;
  for (const FileSystem& system : systems) names.push_back(system.places.front().point);
  return names;
}

std::vector<FileSystem> choose(const CapturedTree& tree, const MountFilter& filter = {}) {
  const std::string types = tree.text("proc/filesystems");
  return choose_file_systems(parse_mountinfo(tree.text("proc/1/mountinfo")), filter, types);
}

}  // namespace

TEST_CASE("A mount is read with its escapes undone and its optional fields skipped", "[metrics][mounts]") {
  const auto mounts = parse_mountinfo(
      "36 35 98:0 /sub\\040dir /mnt/a\\011b rw,noatime shared:1 master:2 - fuse.sshfs user@host:/x\\040y rw,errors=a\n");
  REQUIRE(mounts.size() == 1);
  CHECK(mounts[0].id == 36);
  CHECK(mounts[0].parent == 35);
  CHECK(mounts[0].major == 98);
  CHECK(mounts[0].root == "/sub dir");
  CHECK(mounts[0].point == "/mnt/a\tb");
  CHECK(mounts[0].options == Words{"rw", "noatime"});
  CHECK(mounts[0].type == "fuse.sshfs");
  CHECK(mounts[0].source == "user@host:/x y");
}

TEST_CASE("A mount may have no source", "[metrics][mounts]") {
  const auto mounts = parse_mountinfo("36 35 0:5 / /mnt rw - tmpfs  rw,size=1k\n");
  REQUIRE(mounts.size() == 1);
  CHECK(mounts[0].type == "tmpfs");
  CHECK(mounts[0].source.empty());
  CHECK(mounts[0].super_options == "rw,size=1k");
}

TEST_CASE("A file system that became read-only is shown so", "[metrics][mounts]") {
  const auto mounts = parse_mountinfo("36 35 8:1 / /mnt rw,relatime - ext4 /dev/sda1 ro,errors=remount-ro\n");
  REQUIRE(mounts.size() == 1);
  CHECK(mounts[0].options == Words{"ro", "relatime"});
}

TEST_CASE("Lines that are cut or binary are left out of the mounts", "[metrics][mounts]") {
  const std::string whole = "36 35 8:1 / /mnt rw - ext4 /dev/sda1 rw\n";
  for (std::size_t size = 0; size < whole.find("ext4"); ++size) {
    INFO(size);
    CHECK(parse_mountinfo(whole.substr(0, size)).empty());
  }
  CHECK(parse_mountinfo(std::string(64 * 1024, '\xff')).empty());
  CHECK(parse_mountinfo("36 35 8:1 / relative rw - ext4 x rw\n36 35 99999999999:1 / / rw - ext4 x rw\n")
            .empty());
  CHECK(parse_mountinfo("garbage\n" + whole + "\n\n").size() == 1);
}

TEST_CASE("A mount that lies below another one cannot be seen", "[metrics][mounts]") {
  const auto seen = [](const std::string& text) { return points_of(visible_mounts(parse_mountinfo(text))); };
  const std::string root = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
  CHECK(seen("1 1 0:1 / / rw - rootfs rootfs rw\n" + root) == Words{"/"});
  // over the same place, and over a directory above
  CHECK(seen(root + "21 20 8:2 / /a rw - ext4 b rw\n22 21 8:3 / /a rw - ext4 c rw\n") == Words{"/", "/a"});
  CHECK(seen(root + "21 20 8:2 / /a/b rw - ext4 b rw\n22 20 8:3 / /a rw - ext4 c rw\n") == Words{"/", "/a"});
  // and what lies on the one below
  CHECK(seen(root + "21 20 8:2 / /a/b rw - ext4 b rw\n23 21 8:4 / /a/b/c rw - ext4 d rw\n"
                    "22 20 8:3 / /a rw - ext4 c rw\n") == Words{"/", "/a"});
  CHECK(
      seen(
          root +
          "21 20 8:2 / /a rw - ext4 b rw\n23 21 8:4 / /a/x rw - ext4 d rw\n22 21 8:3 / /a rw - ext4 c rw\n") ==
      Words{"/", "/a"});
  // a new root over the old one
  CHECK(
      seen(
          root +
          "21 20 8:2 / /proc rw - proc p rw\n22 20 8:3 / / rw - ext4 c rw\n23 22 8:4 / /data rw - ext4 d rw\n") ==
      Words{"/", "/data"});
  // but not a neighbour whose name begins alike
  CHECK(seen(root + "21 20 8:2 / /a rw - ext4 b rw\n22 20 8:3 / /ab rw - ext4 c rw\n") ==
        Words{"/", "/a", "/ab"});
}

TEST_CASE("Mounts whose parents go round in a circle end", "[metrics][mounts]") {
  CHECK(
      visible_mounts(parse_mountinfo("1 2 8:1 / /a rw - ext4 a rw\n2 1 8:2 / /b rw - ext4 b rw\n")).size() ==
      2);
}

TEST_CASE("Ten thousand mounts and mounts on mounts are told apart quickly", "[metrics][mounts]") {
  std::string text = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n";
  for (int i = 2; i < 10'000; ++i)
    text += fmt::format("{} {} 9:{} / /m/{} rw - ext4 /dev/x{} rw\n", i, i % 3 == 0 ? 1 : i - 1, i, i / 3, i);
  const auto mounts = parse_mountinfo(text);
  CHECK(mounts.size() == 9'999);
  CHECK_FALSE(visible_mounts(mounts).empty());
  CHECK(choose_file_systems(mounts, {}, "\text4\n").size() <= mounts.size());
}

TEST_CASE("One file system is reported once, under its own root", "[metrics][mounts]") {
  CHECK(names_of(choose(CapturedTree("el6"))) == Words{"/", "/boot", "/srv/old files"});
  CHECK(names_of(choose(CapturedTree("btrfs"))) == Words{"/", "/data"});
  CHECK(names_of(choose(CapturedTree("zfs"))) == Words{"/", "/tank", "/tank/media"});
  CHECK(names_of(choose(CapturedTree("sles11"))) == Words{"/", "/data"});
  CHECK(names_of(choose(CapturedTree("alpine"))) == Words{"/", "/media/mmcblk0p1"});
}

TEST_CASE("Images that are always full, overlays, RAM disks and bind mounts are left out",
          "[metrics][mounts]") {
  CHECK(names_of(choose(CapturedTree("ubuntu22"))) ==
        Words{"/", "/boot/efi", "/mnt/nas", "/home/dev", "/backup"});
}

TEST_CASE("File systems are chosen by type and mount point, and the root is always there",
          "[metrics][mounts]") {
  CapturedTree tree("ubuntu22");
  CHECK(names_of(choose(tree, {{"tmpfs", "squashfs"}, {"nfs*"}, {}})) ==
        Words{"/", "/snap/core20/1974", "/boot/efi", "/run", "/backup"});
  CHECK(names_of(choose(tree, {{}, {"*"}, {}})) == Words{"/"});
  CHECK(names_of(choose(tree, {{}, {}, {"*"}})) == Words{"/"});
  CHECK(names_of(choose(tree, {{}, {}, {"/boot/*", "/home/*", "/mnt/n?s"}})) == Words{"/", "/backup"});
  CHECK(names_of(choose_file_systems({}, {}, "")) == Words{"/"});
}

TEST_CASE("The root of a container and its volumes are reported", "[metrics][mounts]") {
  const auto systems = choose(CapturedTree("container_v2"));
  // Which of them is a directory, only looking tells.
  CHECK(names_of(systems) == Words{"/", "/etc/hosts", "/data"});
  CHECK(shown_options(systems[2].places.front()) == Words{"rw", "relatime", "bind"});
}

TEST_CASE("Types without a list of them are judged by their source", "[metrics][mounts]") {
  const auto mounts = parse_mountinfo(
      "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:4 / /proc rw - proc proc rw\n22 20 8:2 / /a rw - ext4 /dev/b rw\n");
  CHECK(names_of(choose_file_systems(mounts, {}, "")) == Words{"/", "/a"});
}

TEST_CASE("What an automounter takes away when it is not used is not looked at", "[metrics][mounts]") {
  const auto systems = choose(CapturedTree("ubuntu22"));
  for (const FileSystem& system : systems) {
    INFO(system.places.front().point);
    // /backup has an automounter that never takes it away.
    CHECK(system.expiring == (system.places.front().point == "/home/dev"));
    CHECK(system.remote == (system.type == "nfs4"));
  }
}

TEST_CASE("What a network file system mounts and takes away by itself is not looked at",
          "[metrics][mounts]") {
  const auto systems = choose_file_systems(
      parse_mountinfo("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:40 / /nas rw - nfs4 server:/export rw\n"
                      "22 21 0:41 / /nas/sub rw - nfs4 server:/export/sub rw\n"
                      "23 21 0:42 / /nas/other rw - nfs4 elsewhere:/export rw\n"
                      "24 22 8:2 / /nas/sub/disk rw - ext4 /dev/sdb rw\n"),
      {}, "\text4\n");
  REQUIRE(names_of(systems) == Words{"/", "/nas", "/nas/sub", "/nas/other", "/nas/sub/disk"});
  CHECK_FALSE(systems[1].expiring);
  CHECK(systems[2].expiring);
  CHECK_FALSE(systems[3].expiring);
  CHECK(systems[4].expiring);
}

TEST_CASE("Only what the kernel answers from memory cannot keep its caller waiting", "[metrics][mounts]") {
  const auto systems = choose_file_systems(
      parse_mountinfo(
          "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:40 / /nas rw - nfs4 server:/export rw\n"
          "22 21 8:2 / /nas/disk rw - xfs /dev/sdb rw\n"
          "23 20 8:3 / /srv rw - xfs /dev/sdc rw\n24 20 0:41 / /pool rw - btrfs /dev/sdd rw\n"
          "25 23 8:3 /a /srv/bind rw - xfs /dev/sdc rw\n26 24 8:4 / /pool/x rw - ext4 /dev/sde rw\n"
          "27 20 8:5 / /ntfs rw - fuseblk /dev/sdf rw\n28 20 8:6 / /boot/efi rw - vfat /dev/sdg rw\n"),
      {}, "\text4\n\txfs\n\tbtrfs\n\tvfat\n\tfuseblk\n");
  REQUIRE(names_of(systems) ==
          Words{"/", "/nas", "/nas/disk", "/srv", "/pool", "/pool/x", "/ntfs", "/boot/efi"});
  std::string waiting;
  for (const FileSystem& system : systems)
    if (system.may_wait) waiting += system.places.front().point + " ";
  CHECK(waiting == "/nas /nas/disk /pool /pool/x /ntfs ");
  CHECK(choose_file_systems({}, {}, "").front().may_wait);  // nothing is known about it
}

TEST_CASE("A subvolume is no bind mount", "[metrics][mounts]") {
  const auto systems = choose(CapturedTree("sles15"));
  CHECK(names_of(systems) == Words{"/", "/boot/efi", "/data"});
  CHECK(shown_options(systems[0].places.front()) == Words{"rw", "relatime"});
}

TEST_CASE("A file system that can be reached without the automounter is reached so", "[metrics][mounts]") {
  const auto systems = choose_file_systems(
      parse_mountinfo(
          "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:9 / /net rw - autofs auto rw,timeout=60,indirect\n"
          "22 21 8:2 / /net/x rw - ext4 /dev/sdb rw\n23 20 8:2 / /long/way/to/x rw - ext4 /dev/sdb rw\n"),
      {}, "\text4\n");
  REQUIRE(systems.size() == 2);
  CHECK_FALSE(systems[1].expiring);
  REQUIRE(systems[1].places.size() == 1);
  CHECK(systems[1].places[0].point == "/long/way/to/x");
}

TEST_CASE("Mounts as seen from a container are those below the prefix", "[metrics][mounts]") {
  const auto mounts = below_prefix(
      parse_mountinfo(
          "1 0 0:9 / / rw - overlay o rw\n2 1 8:1 / /host rw - ext4 a rw\n3 2 8:2 / /host/home rw - ext4 b rw\n"
          "4 1 8:3 / /hosts rw - ext4 c rw\n"),
      "/host");
  CHECK(points_of(mounts) == Words{"/", "/home"});
}
