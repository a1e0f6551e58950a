#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Are these requests exactly what opentelemetry-proto describes? usage: otlp_strict.py LOGS.PB FILE...

The messages of the protocol read each request, and write it again: names in lowerCamelCase, enums as numbers,
integers of 64 bits as strings. The result must be what was read. json_format alone takes more spellings than
the protocol has. Debian's own Python, because that has the package python3-protobuf."""

import json
import pathlib
import sys

try:
    from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
except ImportError:
    print("no python3-protobuf")
    sys.exit(77)

NAME = "opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest"


def message_class(path):
    files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(path).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    descriptor = pool.FindMessageTypeByName(NAME)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def differences(wanted, seen, path=""):
    if type(wanted) is not type(seen):
        yield f"{path}: {wanted!r} became {seen!r}"
    elif isinstance(wanted, dict):
        for key in sorted(wanted.keys() | seen.keys()):
            if key not in wanted or key not in seen:
                yield f"{path}.{key}: only in {'the request' if key in wanted else 'the result'}"
            else:
                yield from differences(wanted[key], seen[key], f"{path}.{key}")
    elif isinstance(wanted, list):
        if len(wanted) != len(seen):
            yield f"{path}: {len(wanted)} became {len(seen)}"
        for index, (one, other) in enumerate(zip(wanted, seen)):
            yield from differences(one, other, f"{path}[{index}]")
    elif wanted != seen:
        yield f"{path}: {wanted!r} became {seen!r}"


def without_defaults(value):
    """An empty text or false is what a message has anyway, so it is not written again; in a `value` it is."""
    if isinstance(value, list):
        return [without_defaults(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_defaults(item)
        for key, item in value.items()
        if item not in ("", False, [], 0) or key.endswith("Value")
    }


def no_empty_envelope(request):
    for resource in request["resourceLogs"]:
        for scope in resource["scopeLogs"]:
            if not scope["logRecords"]:
                yield "an empty logRecords"
    if not request["resourceLogs"]:
        yield "an empty resourceLogs"


def problems(kind, text):
    request = json.loads(text)
    message = json_format.Parse(text, kind(), ignore_unknown_fields=False)
    again = json_format.MessageToDict(message, use_integers_for_enums=True)
    yield from differences(without_defaults(request), without_defaults(again))
    yield from no_empty_envelope(request)
    for resource in message.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                if not record.time_unix_nano or not record.observed_time_unix_nano or not record.event_name:
                    yield "a record without a time or a name"
                if record.trace_id or record.span_id:
                    yield "a trace that nobody has"


def main():
    kind = message_class(sys.argv[1])
    wrong = 0
    for path in sys.argv[2:]:
        try:
            found = list(problems(kind, pathlib.Path(path).read_text()))
        except json_format.ParseError as error:
            found = [str(error)]
        for problem in found:
            print(f"{path}: {problem}")
        wrong += bool(found)
    print(f"{len(sys.argv) - 2 - wrong} good, {wrong} wrong")
    sys.exit(wrong > 0)


main()
