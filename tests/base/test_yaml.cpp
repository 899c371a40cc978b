#include "base/yaml.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/config.hpp"
#include "base/yaml_include.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;

namespace {

using Texts = std::vector<std::string>;

Texts entries_of(const SettingFile& file) {
  Texts all;
  for (const SettingEntry& entry : file.entries) all.push_back(entry.key + "=" + entry.text);
  return all;
}

Texts texts(const std::vector<ConfigProblem>& problems) {
  Texts all;
  for (const ConfigProblem& problem : problems) all.push_back(to_string(problem));
  return all;
}

Texts problems_of(const std::string& text) { return texts(parse_yaml(text, "x.yaml").problems); }

SettingFile load(const std::string& path) {
  const Settings settings = Settings::load(path);  // that it can be read
  return parse_yaml("#include " + std::filesystem::path(path).filename().string() + "\n",
                    std::filesystem::path(path).parent_path().string() + "/root.yaml");
}

}  // namespace

TEST_CASE("YAML gives the keys and texts of a key = value file", "[base]") {
  const SettingFile file = parse_yaml(
      "basic:\n"
      "  id: \"7\"\n"
      "  server: [a:1, b:2]\n"
      "  log:\n"
      "    size: 10M\n"
      "    target:\n"
      "      - stdout\n"
      "      - file\n"
      "  token:\n"
      "  limit.cpu_quota: 50\n"
      "  disks:\n"
      "    - {dev: '8:0', read_iops: 1000, rate: 1.5, on: true, name: \"12\", none: ~}\n"
      "  none: []\n",
      "x.yaml");
  CHECK(texts(file.problems).empty());
  CHECK(entries_of(file) ==
        Texts{"basic.id=7", "basic.server=a:1,b:2", "basic.log.size=10M", "basic.log.target=stdout,file",
              "basic.limit.cpu_quota=50",
              R"(basic.disks=[{"dev":"8:0","read_iops":1000,"rate":1.5,"on":true,"name":"12","none":null}])",
              "basic.none="});
}

TEST_CASE("An agent's whole configuration loads from YAML", "[base]") {
  Settings settings = Settings::parse(
      "basic:\n  id: a\n  server: s:1\n  log: {target: [stdout, file], size: 10M}\n"
      "  monitor: {enabled: true, interval: 30s}\n"
      "  limit:\n    disk_limit:\n    - {dev: 8:0, read_bytes: 10M, write_bytes: 5000}\n",
      "agent.yaml");
  Config config;
  settings.read(config, kConfigPrefixes);
  settings.check();
  CHECK(settings.warnings().empty());
  CHECK(config.server == Texts{"s:1"});
  CHECK(config.log.target == Texts{"stdout", "file"});
  CHECK(config.monitor.interval == std::chrono::seconds(30));
  REQUIRE(config.limit.disk_limit.size() == 1);
  CHECK(config.limit.disk_limit[0].dev == "8:0");
  CHECK(config.limit.disk_limit[0].read_bytes.value == 10'000'000);
  CHECK(config.limit.disk_limit[0].write_bytes.value == 5000);
}

TEST_CASE("Faults in YAML are problems with their line", "[base]") {
  CHECK(problems_of("a: 1\nb: [1\nc: 2\n").size() == 1);
  CHECK(problems_of("a: 1\nb: }\n")[0].starts_with("x.yaml: line 2: "));
  CHECK(problems_of("a: 1\na: 2\n") == Texts{"x.yaml: line 2: a: stands twice in the same map"});
  CHECK(problems_of("- a\n- b\n") == Texts{"x.yaml: line 1: expected keys with values"});
  CHECK(problems_of("a:\n  - 1\n  - 'x,y'\n") ==
        Texts{"x.yaml: line 3: a: a list item cannot contain a comma"});
  CHECK(problems_of("[a]: b\n") == Texts{"x.yaml: line 1: a key must be a plain text"});
  CHECK(problems_of("").empty());
  CHECK(problems_of("# only a comment\n").empty());
}

TEST_CASE("YAML that contains itself is a problem", "[base]") {
  CHECK(problems_of("a: &x\n  b: *x\n").size() == 1);
  CHECK(problems_of("a: &x\n  - {b: *x}\n").size() == 1);
}

TEST_CASE("Aliases that multiply end at a limit", "[base]") {
  std::string text = "a0: &a0 {x: 1}\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {";
    for (char c = 'a'; c < 'k'; ++c) text += std::string(1, c) + ": " + last + (c == 'j' ? "}\n" : ", ");
  }
  const SettingFile file = parse_yaml(text, "x.yaml");
  CHECK(file.entries.size() <= kMaxYamlNodes);
  CHECK_FALSE(file.problems.empty());
}

TEST_CASE("An include is indented as far as its line", "[base]") {
  const test::TempDir dir;
  dir.write("log.yaml", "size: 10M\nmore:\n  #include more.yaml\nrotate: 3");
  dir.write("more.yaml", "a: 1\n");
  const std::string main = dir.write("agent.yaml", "log:\n  #include log.yaml\nid: x\n");
  const SettingFile file = load(main);
  CHECK(texts(file.problems).empty());
  CHECK(entries_of(file) == Texts{"log.size=10M", "log.more.a=1", "log.rotate=3", "id=x"});
  CHECK(file.entries[1].file == dir.file("more.yaml"));
  CHECK(file.entries[1].line == 1);
  CHECK(file.entries[1].column == 0);
  CHECK(file.entries[2].file == dir.file("log.yaml"));
  CHECK(file.entries[2].line == 4);
  CHECK(file.entries[3].line == 3);
}

TEST_CASE("Expanded YAML looks as the originals write it", "[base]") {
  const test::TempDir dir;
  dir.write("b.yaml", "x: 1");
  const std::string name = dir.file("a.yaml");
  const YamlText text = expand_yaml("a:\n  #include b.yaml\n", name);
  CHECK(text.text == "a:\n  #include " + dir.file("b.yaml") + "\n  #+++++ " + dir.file("b.yaml") +
                         " +++++\n  x: 1\n  #----- " + dir.file("b.yaml") + " -----\n");
  CHECK(text.sources.size() == 5);
}

TEST_CASE("A pattern includes its files by name, but not the including one", "[base]") {
  const test::TempDir dir;
  dir.write("b.yaml", "b: 1\n");
  dir.write("a.yaml", "a: 1\n");
  const std::string main = dir.write("main.yaml", "#include *.yaml\nm: 1\n");
  CHECK(entries_of(parse_yaml("#include *.yaml\nm: 1\n", main)) == Texts{"a=1", "b=1", "m=1"});
}

TEST_CASE("An include that finds nothing is a warning", "[base]") {
  const test::TempDir dir;
  const SettingFile file =
      parse_yaml("#include none*.yaml\n#included earlier\na: 1\n", dir.file("main.yaml"));
  CHECK(texts(file.problems).empty());
  CHECK(texts(file.warnings) == Texts{dir.file("main.yaml") + ": line 1: #include: no file 'none*.yaml'"});
  CHECK(entries_of(file) == Texts{"a=1"});
}

TEST_CASE("Includes in a circle are a problem that prints the chain", "[base]") {
  const test::TempDir dir;
  const std::string a = dir.write("a.yaml", "#include b.yaml\n");
  const std::string b = dir.write("b.yaml", "x: 1\n#include a.yaml\n");
  const Settings settings = Settings::load(a);
  CHECK(texts(settings.problems()) ==
        Texts{b + ": line 2: #include goes round in a circle: " + a + " -> " + b + " -> " + a});
}

TEST_CASE("Includes nest ten deep and no deeper", "[base]") {
  const test::TempDir dir;
  for (int i = 0; i < 11; ++i) {
    dir.write(std::to_string(i) + ".yaml", "#include " + std::to_string(i + 1) + ".yaml\n");
  }
  dir.write("11.yaml", "x: 1\n");
  CHECK(entries_of(load(dir.file("3.yaml"))) == Texts{"x=1"});
  CHECK(Settings::load(dir.file("1.yaml")).problems().empty());
  const auto problems = texts(Settings::load(dir.file("0.yaml")).problems());
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] == dir.file("10.yaml") + ": line 1: #include nests deeper than 10 files");
}

TEST_CASE("An include that cannot be read is a problem with the line that asked for it", "[base]") {
  const test::TempDir dir;
  std::filesystem::create_directories(dir.file("folder.yaml"));
  const auto problems = texts(parse_yaml("a: 1\n#include folder.yaml\n", dir.file("main.yaml")).problems);
  REQUIRE(problems.size() == 1);
  CHECK(
      problems[0].starts_with(dir.file("main.yaml") + ": line 2: #include: read " + dir.file("folder.yaml")));
}

TEST_CASE("A fault in an included file names that file and its line", "[base]") {
  const test::TempDir dir;
  dir.write("part.yaml", "x: 1\nsize: 10Q\n");
  const std::string main = dir.write("main.yaml", "server: a:1\nlog:\n  #include part.yaml\n");
  Settings settings = Settings::load(main);
  Config config;
  settings.read(config);
  REQUIRE(settings.problems().size() == 1);
  CHECK(to_string(settings.problems()[0])
            .starts_with(dir.file("part.yaml") + ": line 2: log.size: unknown unit 'Q'"));
  CHECK(texts(settings.warnings()) == Texts{dir.file("part.yaml") + ": line 1: unknown key 'log.x'"});
}
