"""manifest.schema.json by a validator of its own: what it refuses is what manifest-lint calls an error.

A bad file with the line `# schema: passes` has a fault that no schema can see, such as a key that stands twice."""
import json
import pathlib
import re
import unittest

import jsonschema
import yaml

FILES = pathlib.Path(__file__).resolve().parent
TOP = FILES.parents[1]
SCHEMA = json.loads((TOP / "manifest/manifest.schema.json").read_text(encoding="utf-8"))


def is_refused(path):
    try:
        manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
        jsonschema.validate(manifest, SCHEMA, cls=jsonschema.Draft202012Validator)
    except (yaml.YAMLError, jsonschema.ValidationError):
        return True
    return False


class Schema(unittest.TestCase):
    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_it_takes_what_is_good(self):
        good = sorted((FILES / "good").glob("*.yaml"))
        programs = sorted((TOP / "examples").glob("*/manifest.yaml")) + [TOP / "server/manifest.yaml"]
        self.assertGreaterEqual(len(good), 2)
        self.assertEqual(len(programs), 5)
        for path in good + programs:
            with self.subTest(path.name):
                self.assertFalse(is_refused(path))

    def test_it_refuses_what_is_bad(self):
        bad = sorted((FILES / "bad").glob("*.yaml"))
        self.assertGreater(len(bad), 50)
        for path in bad:
            text = path.read_text(encoding="utf-8")
            has_error = "# error: " in text or path.stem == "no_yaml"
            wanted = has_error and not re.search(r"^# schema: passes$", text, re.M)
            with self.subTest(path.name):
                self.assertEqual(is_refused(path), wanted)


if __name__ == "__main__":
    unittest.main()
