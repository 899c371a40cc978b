#include "examples/logkit-agent/transform/web_transforms.hpp"

#include "transform_scene.hpp"

using test::transformed;

TEST_CASE("urlparam adds the parameters of an address beside it", "[examples]") {
  CHECK(transformed(R"("type": "urlparam", "key": "u")",
                    R"({"u":"https://me@h:8080/p/q?a=1&b=x%20y+z&a=2&=no&c#end"})") ==
        R"({"u":"https://me@h:8080/p/q?a=1&b=x%20y+z&a=2&=no&c#end","u_a":"1&2","u_b":"x y z","u_c":"",)"
        R"("u_url_param_path":"/p/q","u_url_param_host":"h:8080"})");
  CHECK(transformed(R"("type": "urlparam", "key": "u", "select_keys": "b, c")", R"({"u":"a=1&b=2"})") ==
        R"({"u":"a=1&b=2","u_b":"2"})");
  CHECK(transformed(R"("type": "urlparam", "key": "u")", R"({"u":"/only/a=path"})") ==
        R"({"u":"/only/a=path","u_url_param_path":"/only/a=path"})");
  CHECK(transformed(R"("type": "urlparam", "key": "u")", R"({"u":"?a=%f"})") ==
        R"({"u":"?a=%f"} failed: the field u has another form)");
}

TEST_CASE("urlconvert encodes and decodes", "[examples]") {
  CHECK(transformed(R"("type": "urlconvert", "key": "u")", R"({"u":"a%2Fb+%C3%A4%FF"})") ==
        "{\"u\":\"a/b ä\xEF\xBF\xBD\"}");
  CHECK(transformed(R"("type": "urlconvert", "key": "u", "mode": "encode")", R"({"u":"a/b ä~"})") ==
        R"({"u":"a%2Fb+%C3%A4~"})");
  CHECK(transformed(R"("type": "urlconvert", "key": "u", "new": "v")", R"({"u":"100%"})") ==
        R"({"u":"100%"} failed: the field u has another form)");
}

TEST_CASE("arrayexpand adds a field for each element", "[examples]") {
  CHECK(transformed(R"("type": "arrayexpand", "key": "a")", R"({"a":["x",1.50,{"b":null}]})") ==
        R"({"a":["x",1.50,{"b":null}],"a0":"x","a1":1.50,"a2":{"b":null}})");
  for (const char* record : {R"({"a":"[1]"})", R"({"a":1})", R"({"a":{}})"})
    CHECK(transformed(R"("type": "arrayexpand", "key": "a")", record) ==
          std::string(record) + " failed: the field a has another form");
}

TEST_CASE("number2ip writes a number as an address", "[examples]") {
  CHECK(transformed(R"("type": "number2ip", "key": "a")", R"({"a":3232235777})") == R"({"a":"192.168.1.1"})");
  CHECK(transformed(R"("type": "number2ip", "key": "a", "new": "b")", R"({"a":"0"})") ==
        R"({"a":"0","b":"0.0.0.0"})");
  for (const char* record : {R"({"a":4294967296})", R"({"a":-1})", R"({"a":1.5})", R"({"a":""})"})
    CHECK(transformed(R"("type": "number2ip", "key": "a")", record) ==
          std::string(record) + " failed: the field a has another form");
}

TEST_CASE("k8stag takes the pod out of the name of a container's log", "[examples]") {
  CHECK(
      transformed(R"("type": "k8stag", "sourcefilefield": "f")",
                  R"({"f":"/var/log/containers/web-7d-x2_prod_side-car-0123abc.log"})") ==
      R"({"f":"/var/log/containers/web-7d-x2_prod_side-car-0123abc.log","pod":"web-7d-x2","namespace":"prod",)"
      R"("container":"side-car","container_id":"0123abc"})");
  for (const char* path : {"/l/a.log", "/l/a_b.log", "/l/a_b_c.log", "/l/a-b_c_.log"}) {
    const std::string record = std::string(R"({"f":")") + path + "\"}";
    CHECK(transformed(R"("type": "k8stag", "sourcefilefield": "f")", record) ==
          record + " failed: the field f has another form");
  }
}
