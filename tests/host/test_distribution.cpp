#include <catch2/catch.hpp>

#include "host/distribution.hpp"
#include "tests/host/sample_tree.hpp"

namespace agent::host {
namespace {

void check(const SampleTree& tree, const std::string& name, const std::string& version) {
  Distribution found = read_distribution(tree.root());
  CHECK(found.name == name);
  CHECK(found.version == version);
}

TEST_CASE("Debian is known by debian_version, which has the point release", "[host]") {
  SampleTree tree;
  tree.write("etc/debian_version", "12.11\n").write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
  check(tree, "debian", "12.11");
}

TEST_CASE("A debian_version of four bytes counts as well", "[host]") {
  SampleTree tree;
  tree.write("etc/debian_version", "9.9\n");
  check(tree, "debian", "9.9");
}

TEST_CASE("Ubuntu is told from Debian by lsb-release", "[host]") {
  SampleTree tree;
  tree.write("etc/debian_version", "bookworm/sid\n")
      .write("etc/lsb-release",
             "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_DESCRIPTION=\"Ubuntu 22.04.4 LTS\"\n");
  check(tree, "ubuntu", "22.04");
}

TEST_CASE("Ubuntu without lsb-release is told from Debian by os-release", "[host]") {
  SampleTree tree;
  tree.write("etc/debian_version", "trixie/sid\n")
      .write("etc/os-release", "NAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nID=ubuntu\nID_LIKE=debian\n");
  check(tree, "ubuntu", "24.04");
}

TEST_CASE("Linux Mint is told from Debian by lsb-release", "[host]") {
  SampleTree tree;
  tree.write("etc/debian_version", "bookworm/sid\n")
      .write("etc/lsb-release", "DISTRIB_ID=LinuxMint\nDISTRIB_RELEASE=21.3\n");
  check(tree, "linuxmint", "21.3");
}

TEST_CASE("The Red Hat family is named by redhat-release", "[host]") {
  auto [text, name, version] = GENERATE(table<std::string, std::string, std::string>({
      {"CentOS Linux release 7.9.2009 (Core)\n", "centos", "7.9.2009"},
      {"CentOS Stream release 9\n", "centos", "9"},
      {"Red Hat Enterprise Linux release 8.6 (Ootpa)\n", "redhat", "8.6"},
      {"Red Hat Enterprise Linux Server release 6.5 (Santiago)\n", "redhat", "6.5"},
      {"Rocky Linux release 9.3 (Blue Onyx)\n", "rocky", "9.3"},
      {"AlmaLinux release 9.4 (Seafoam Ocelot)\n", "almalinux", "9.4"},
      {"Fedora release 39 (Thirty Nine)\n", "fedora", "39"},
      {"Fedora release 41 (Rawhide)\n", "fedora", "rawhide"},
      {"Something else\n", "something", ""},
      {"Something release \n", "something", ""},
  }));
  SampleTree tree;
  tree.write("etc/redhat-release", text).write("etc/os-release", "ID=other\nVERSION_ID=1\n");
  check(tree, name, version);
}

TEST_CASE("Oracle Linux is not taken for the Red Hat whose file it carries", "[host]") {
  SampleTree tree;
  tree.write("etc/oracle-release", "Oracle Linux Server release 8.9\n")
      .write("etc/redhat-release", "Red Hat Enterprise Linux release 8.9 (Ootpa)\n");
  check(tree, "oracle", "8.9");
}

TEST_CASE("Amazon Linux is named by system-release", "[host]") {
  SampleTree tree;
  tree.write("etc/system-release", "Amazon Linux release 2 (Karoo)\n");
  check(tree, "amazon", "2");
}

TEST_CASE("Slackware, Gentoo and Alpine are named by their own files", "[host]") {
  SampleTree slackware;
  slackware.write("etc/slackware-version", "Slackware 15.0+\n");
  check(slackware, "slackware", "15.0+");

  SampleTree gentoo;
  gentoo.write("etc/gentoo-release", "Gentoo Base System release 2.14\n");
  check(gentoo, "gentoo", "2.14");

  SampleTree alpine;
  alpine.write("etc/alpine-release", "3.19.1\n").write("etc/os-release", "ID=alpine\nVERSION_ID=3.19.1\n");
  check(alpine, "alpine", "3.19.1");
}

TEST_CASE("SUSE is named by SuSE-release, with its patch level", "[host]") {
  SampleTree enterprise;
  enterprise.write("etc/SuSE-release",
                   "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n");
  check(enterprise, "suse", "11.4");

  SampleTree open;
  open.write("etc/SuSE-release", "openSUSE 13.2 (x86_64)\nVERSION = 13.2\nCODENAME = Harlequin\n");
  check(open, "opensuse", "13.2");
}

TEST_CASE("A newer SUSE is named by os-release", "[host]") {
  SampleTree tree;
  tree.write("etc/os-release", "NAME=\"SLES\"\nVERSION=\"15-SP5\"\nVERSION_ID=\"15.5\"\nID=\"sles\"\n");
  check(tree, "sles", "15.5");
}

TEST_CASE("Arch is known although its arch-release is empty and it has no version", "[host]") {
  SampleTree tree;
  tree.write("etc/arch-release", "")
      .write("etc/os-release", "NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n");
  check(tree, "arch", "");
}

TEST_CASE("os-release is found in /usr/lib too", "[host]") {
  SampleTree tree;
  tree.write("usr/lib/os-release", "ID=flatcar\nVERSION_ID=3815.2.0\n");
  check(tree, "flatcar", "3815.2.0");
}

TEST_CASE("lsb-release alone names the distribution", "[host]") {
  SampleTree tree;
  tree.write("etc/lsb-release", "DISTRIB_ID=\"Custom\"\nDISTRIB_RELEASE=\"4\"\n");
  check(tree, "custom", "4");
}

TEST_CASE("The distribution is unknown without release files", "[host]") {
  SampleTree tree;
  check(tree, "", "");
}

TEST_CASE("Release files of blanks or without an ID are passed over", "[host]") {
  SampleTree tree;
  tree.write("etc/debian_version", " \n")
      .write("etc/os-release", "garbage\n=\n\xff\xfe\n")
      .write("etc/lsb-release", "DISTRIB_ID=x\n");
  check(tree, "x", "");
}

TEST_CASE("A directory in the place of a release file is passed over", "[host]") {
  SampleTree tree;
  std::filesystem::create_directories(tree.root() / "etc/oracle-release");
  tree.write("etc/alpine-release", "3.20.0\n");
  check(tree, "alpine", "3.20.0");
}

}  // namespace
}  // namespace agent::host
