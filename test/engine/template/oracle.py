"""Asks Jinja2 itself, with Ansible's settings, what expressions and templates give.

  oracle.py answer            rows as JSON lines on stdin, the same rows with answers on stdout
  oracle.py record FILE...    writes the answers into files of rows
  oracle.py has               prints what is there: jinja2, ansible, netaddr

A row is {"text": expression}, {"template": text of a playbook} or {"file": text of a template file}; "needs" names
what must be there beside Jinja2 to answer it, "vars" adds variables to those of cases/vars.json. Answers are "gives" (the value), "shows" (within text) or "fails".
"""
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, MappingView

import jinja2
from jinja2.sandbox import SandboxedEnvironment

VARS = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases", "vars.json")))


class Missing(jinja2.StrictUndefined):
    """As Ansible's: parts of what is missing are missing themselves, without a failure."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key):
        return self


def rolled(value):
    return isinstance(value, (Iterator, MappingView, range))


def unrolled(function):
    def wrapper(*args, **kwargs):
        result = function(*args, **kwargs)
        return list(result) if rolled(result) else result

    for flag in ("jinja_pass_arg", "contextfilter", "environmentfilter", "evalcontextfilter"):
        if hasattr(function, flag):
            setattr(wrapper, flag, getattr(function, flag))
    return wrapper


def finalize(thing):
    if rolled(thing):
        thing = list(thing)
    require(thing)
    return "" if thing is None else thing


def require(thing):
    if isinstance(thing, jinja2.StrictUndefined):
        str(thing)
    elif isinstance(thing, Mapping):
        for value in thing.values():
            require(value)
    elif isinstance(thing, (list, tuple)):
        for value in thing:
            require(value)


def environment(**options):
    env = SandboxedEnvironment(undefined=Missing, finalize=finalize, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], **options)
    env.globals["dict"] = dict
    env.filters.update(FILTERS)
    env.tests.update(TESTS)
    for name, function in list(env.filters.items()):
        env.filters[name] = env.filters["ansible.builtin." + name] = env.filters["ansible.utils." + name] = unrolled(function)
    for name, function in list(env.tests.items()):
        env.tests["ansible.builtin." + name] = function
    return env


FILTERS, TESTS, THERE = {}, {}, ["jinja2"]


def load_ansible():
    from ansible.plugins.filter import core, mathstuff, urls, urlsplit
    from ansible.plugins.test import core as core_tests, mathstuff as math_tests, uri as uri_tests
    import ansible.utils.encrypt as encrypt

    encrypt.PASSLIB_AVAILABLE = False
    encrypt.display.deprecated = lambda *args, **kwargs: None
    for module in (core, mathstuff, urls, urlsplit):
        FILTERS.update(module.FilterModule().filters())
    for module in (core_tests, math_tests, uri_tests):
        TESTS.update(module.TestModule().tests())
    THERE.append("ansible")


def load_networks():
    import importlib

    for name in ["ipaddr", "ipv4", "ipv6", "ipwrap", "nthhost", "ipsubnet", "ipmath", "next_nth_usable", "previous_nth_usable", "network_in_network",
                 "network_in_usable", "reduce_on_network", "cidr_merge", "hwaddr", "macaddr", "ip4_hex"]:
        module = importlib.import_module("ansible_collections.ansible.utils.plugins.filter." + name)
        FILTERS.update(module.FilterModule().filters())
    THERE.append("netaddr")


for load in (load_ansible, load_networks):
    try:
        load()
    except Exception:
        pass

PLAYBOOK = environment(trim_blocks=True, keep_trailing_newline=True)


def data(value):
    """The value as JSON can hold it."""
    if isinstance(value, jinja2.Undefined):
        str(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or rolled(value):
        return [data(item) for item in value]
    return str(value)


def newlines(text):
    return len(text) - len(text.rstrip("\n"))


def padded(text, template):
    return text + "\n" * max(0, newlines(template) - newlines(text))


def with_plain_backslashes(text, env):
    """As Ansible reads playbooks: within {{ }}, a backslash in a string is itself."""
    if "\\" not in text or "{{" not in text:
        return text
    parts, inside = [], False
    for _line, kind, value in env.lex(env.preprocess(text)):
        inside = kind == "variable_begin" or (inside and kind != "variable_end")
        parts.append(value.replace("\\", "\\\\") if inside and kind == "string" else value)
    return "".join(parts)


def ask(row):
    variables = json.loads(json.dumps({**VARS, **row.get("vars", {})}))
    if "text" in row:
        value = data(PLAYBOOK.compile_expression(row["text"], undefined_to_none=False)(**variables))
        variables = json.loads(json.dumps({**VARS, **row.get("vars", {})}))
        return {"gives": value, "shows": PLAYBOOK.from_string("<{{ " + row["text"] + " }}>").render(**variables)}
    text = row["template"] if "template" in row else row["file"]
    options = row.get("options", {})
    env = environment(trim_blocks=options.get("trimBlocks", True), lstrip_blocks=options.get("lstripBlocks", False))
    body = with_plain_backslashes(text, env) if "template" in row else text
    return {"shows": padded(env.from_string(body).render(**variables), text)}


def answer(row):
    asked = {key: value for key, value in row.items() if key not in ("gives", "shows", "fails")}
    if row.get("needs", "jinja2") not in THERE:
        return None
    try:
        return {**asked, **ask(row)}
    except Exception as error:
        return {**asked, "fails": type(error).__name__ if "--why" not in sys.argv else str(error)}


def main():
    if sys.argv[1] == "has":
        print(" ".join(THERE))
    elif sys.argv[1] == "answer":
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line)), ensure_ascii=False), flush=True)
    else:
        for name in sys.argv[2:]:
            rows = [json.loads(line) for line in open(name, encoding="utf-8") if line.strip()]
            answers = [answer(row) or row for row in rows]
            with open(name, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in answers)


main()
