#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""packaging/kubernetes/daemonset.yaml: every field is one that Kubernetes knows, and it asks for no more rights than
docs/kubernetes.md says. The fields and their types are those of Debian's Python client, which is made from the
API of Kubernetes."""

import copy
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import *  # noqa: F401,F403 pylint: disable=wildcard-import,wrong-import-position

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
FILE = SOURCE / "packaging/kubernetes/daemonset.yaml"
SCALARS = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object}
# Of Kubernetes 1.30: the client in Debian 12 is older.
NEWER = {"V1SecurityContext": {"appArmorProfile": {"type": str, "localhostProfile": str}}}


class Invalid(Exception):
    """What the API server would refuse."""


def documents():
    try:
        import yaml  # pylint: disable=import-outside-toplevel
    except ImportError:
        skip("no python3-yaml")
    return list(yaml.safe_load_all(FILE.read_text()))


def models():
    try:
        from kubernetes.client import models as found  # pylint: disable=import-outside-toplevel
    except ImportError:
        skip("no python3-kubernetes")
    return found


def require(condition, where, what):
    if not condition:
        raise Invalid(f"{where}: {what}")


def validate(value, kind, where, known):
    """VALUE is what the API calls KIND: "V1PodSpec", "list[str]", "dict(str, str)"."""
    inner = re.fullmatch(r"list\[(.*)\]", kind)
    if inner:
        require(isinstance(value, list), where, "is no list")
        for index, element in enumerate(value):
            validate(element, inner[1], f"{where}[{index}]", known)
        return
    inner = re.fullmatch(r"dict\(str, (.*)\)", kind)
    if inner:
        require(isinstance(value, dict), where, "is no map")
        for key, element in value.items():
            validate(element, inner[1], f"{where}.{key}", known)
        return
    if kind in SCALARS:
        require(isinstance(value, SCALARS[kind]) and not (kind == "int" and isinstance(value, bool)), where, f"is no {kind}")
        return
    validate_object(value, kind, where, known)


def validate_object(value, kind, where, known):
    require(isinstance(value, dict), where, f"is no {kind}")
    model = getattr(known, kind)
    names = {outer: name for name, outer in model.attribute_map.items()}
    given = {}
    for key, element in value.items():
        newer = NEWER.get(kind, {}).get(key)
        if newer:
            require(isinstance(element, dict) and all(isinstance(element[name], newer.get(name, ())) for name in element),
                    f"{where}.{key}", "has an unknown field or type")
            continue
        require(key in names, where, f"no field {key!r} in {kind}")
        validate(element, model.openapi_types[names[key]], f"{where}.{key}", known)
        given[names[key]] = element
    try:
        model(**given)  # refuses a missing field
    except ValueError as error:
        raise Invalid(f"{where}: {error}") from error


def validate_document(document, known):
    kind = {"Namespace": "V1Namespace", "DaemonSet": "V1DaemonSet"}[document["kind"]]
    validate(document, kind, document["kind"], known)


@case
def every_field_is_known(bench):
    known = models()
    for document in documents():
        try:
            validate_document(document, known)
        except Invalid as error:
            fail(str(error))


@case
def wrong_fields_are_found(bench):
    """The check itself: a typing error, a wrong type, a missing field."""
    known = models()
    namespace, good = documents()
    check(namespace["kind"] == "Namespace", namespace)

    def spoil(change):
        document = copy.deepcopy(good)
        change(document["spec"]["template"]["spec"])
        try:
            validate_document(document, known)
        except Invalid:
            return
        fail("a wrong field is not found")

    spoil(lambda pod: pod.update(hostPid=True))
    spoil(lambda pod: pod["containers"][0]["securityContext"].update(readOnlyRootFileSystem=True))
    spoil(lambda pod: pod["containers"][0]["securityContext"].update(appArmorProfile={"typ": "Unconfined"}))
    spoil(lambda pod: pod["containers"][0]["securityContext"]["capabilities"].update(drop="ALL"))
    spoil(lambda pod: pod["containers"][0]["env"][0].update(value=1))
    spoil(lambda pod: pod["volumes"][0].update(hostPath={}))
    spoil(lambda pod: pod["containers"][0].pop("name"))
    spoil(lambda pod: pod["tolerations"][0].update(key=False))


@case
def names_agree(bench):
    _, daemon = documents()
    pod = daemon["spec"]["template"]
    check(daemon["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"], "the selector does not select its pods")
    (container,) = pod["spec"]["containers"]
    check({mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["spec"]["volumes"]},
          "a mount without a volume, or the reverse")
    check(container["livenessProbe"]["httpGet"]["port"] in {port["name"] for port in container["ports"]}, "no such port")
    version = re.search(r"^project\(sigpath VERSION ([0-9.]+)", (SOURCE / "CMakeLists.txt").read_text(), re.M)[1]
    check(container["image"] == f"sigpath:{version}", container["image"])


@case
def options_are_right(bench):
    """sigpath takes these arguments: the next option is the one that it refuses."""
    _, daemon = documents()
    (container,) = daemon["spec"]["template"]["spec"]["containers"]
    done = subprocess.run([bench.sigpath, *container["args"], "--no-such-option"], capture_output=True, text=True, check=False)
    check(done.returncode == 2 and "no-such-option" in done.stderr, done.stderr)


@case
def no_more_rights(bench):
    _, daemon = documents()
    pod = daemon["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    context = container["securityContext"]
    check(not pod.get("hostNetwork") and not pod.get("hostIPC") and "serviceAccountName" not in pod, pod)
    check(pod["automountServiceAccountToken"] is False, "it gets a token for the API")
    check(context["privileged"] is False and context["allowPrivilegeEscalation"] is False, context)
    check(context["readOnlyRootFilesystem"] is True and context["capabilities"]["drop"] == ["ALL"], context)
    page = (SOURCE / "docs/kubernetes.md").read_text()
    check(set(context["capabilities"]["add"]) == set(re.findall(r"^\| `CAP_([A-Z_]+)`", page, re.M)),
          "docs/kubernetes.md has other capabilities")
    check(all(mount["readOnly"] for mount in container["volumeMounts"]), "something of the host can be written")
    for volume in pod["volumes"]:
        check(f"`{volume['hostPath']['path']}`" in page, f"docs/kubernetes.md does not know {volume}")
        check(not volume["hostPath"]["path"].endswith(".sock"), volume)


if __name__ == "__main__":
    main()
