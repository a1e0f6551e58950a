#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does every line of JSON keep the contract?

validate_json.py DIR_OR_FILE... checks each line of each file, and of each *.jsonl in a directory,
against docs/incident.schema.json. It fails at the first line that does not, or if there was none.
"""

import json
import pathlib
import sys

import jsonschema

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "docs" / "incident.schema.json"


MESSAGE_MAX = 200  # a failed oneOf quotes the whole line


class Bad(Exception):
    """What is wrong with a line."""


def unique_keys(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise Bad(f"the key {key!r} is there twice")
    return dict(pairs)


def no_constant(name):
    raise Bad(f"{name} is not JSON")


def deepest(error):
    """Of a failed oneOf, the error inside the branch that was meant: the one whose type fits."""
    while error.validator == "oneOf" and error.context:
        branches = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        meant = [
            errors
            for errors in branches.values()
            if not any(
                inner.validator == "const" or (inner.validator == "type" and not inner.path)
                for inner in errors
            )
        ]
        if not meant:
            return error
        error = meant[0][0]
    return error


def check_line(validator, text):
    try:
        line = json.loads(text, object_pairs_hook=unique_keys, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise Bad(f"not JSON: {error}") from error
    for error in validator.iter_errors(line):
        error = deepest(error)
        message = error.message
        if len(message) > MESSAGE_MAX:
            message = f"{message[:MESSAGE_MAX]}... fails {error.validator}"
        raise Bad(f"{error.json_path}: {message}")


def check_file(validator, path):
    """Returns the number of its lines."""
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        sys.exit(f"{path}: the last line is not complete")
    lines = content.split(b"\n")[:-1]
    for number, raw in enumerate(lines, 1):
        try:
            check_line(validator, raw.decode("utf-8"))
        except (Bad, UnicodeDecodeError) as error:
            sys.exit(f"{path}:{number}: {error}")
    return len(lines)


def main(arguments):
    if not arguments:
        sys.exit("usage: validate_json.py DIR_OR_FILE...")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    files = []
    for argument in map(pathlib.Path, arguments):
        files += sorted(argument.rglob("*.jsonl")) if argument.is_dir() else [argument]
    try:
        lines = sum(check_file(validator, path) for path in files)
    except OSError as error:
        sys.exit(str(error))
    if not lines:
        sys.exit("no line was found")
    print(f"{lines} lines, {len(files)} files valid")


if __name__ == "__main__":
    main(sys.argv[1:])
